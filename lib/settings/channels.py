"""Where do alerts go? Apprise's addresses, each with a thread of its own, so that none waits.

An address holds a secret, often all over it: nothing here says more of it than its number and the
name of its service, Apprise's own log is heard and never told, and of an exception only its class.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from lib.core.errors import SettingInvalid
from lib.core.visible import line, lines
from lib.db.answers import TOO_LONG, bounded

if TYPE_CHECKING:
    from apprise import Apprise

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
MOST_WAITING = 20
PAUSES = (5.0, 30.0)  # seconds before a message that was refused is tried again
STUCK = timedelta(seconds=60)  # longer than all tries of one message take, and their pauses

WHOLE_SECONDS = 8.0  # beyond the time for an answer: then nobody waits or reads any more
_SILENT = "it did not answer in time"

_APART = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_CODE = re.compile(r"\berror=(\d{3})\b")
# requests says the first of these where there was no connection, and mail the others.
_NEVER_SENT = re.compile(
    r"Max retries exceeded|Connection refused|\[Errno -\d\]|[Nn]o route to host"
)
_NO_ANSWER_IN_TIME = 504  # of a gateway: the service behind it may have taken the message

_log = logging.getLogger(__name__)

Level = Literal["info", "success", "warning", "failure"]  # Apprise's own words


@dataclass(frozen=True)
class Message:
    """What is said: one line, and the rest."""

    title: str
    body: str
    level: Level = "info"

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", line(self.title))
        object.__setattr__(self, "body", lines(self.body))


@dataclass(frozen=True)
class Delivery:
    """How does this channel do? `trouble` says why the last message did not arrive.

    `since` is when it began to send the message that it is at.
    """

    name: str
    taken: int = 0
    failed: int = 0
    taken_at: datetime | None = None
    failed_at: datetime | None = None
    trouble: str | None = None
    since: datetime | None = None


class Channel:
    """One address. Messages arrive in order, or are counted as failed; `changed` hears of both.

    A message that was refused is tried again. One that met with silence, or with a connection that
    broke, may have arrived: it is not, so that nobody gets it twice.
    """

    def __init__(
        self,
        number: int,
        address: str,
        changed: Callable[[Delivery], object] = lambda _: None,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._log = _TryLog()
        self._sender, self._patience, service = _opened(address, self._log)
        self._changed, self._pauses = changed, pauses
        self._waiting: queue.Queue[Message] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.delivery = Delivery(f"{number} ({service})")

    def send(self, message: Message) -> None:
        """Have it sent. Returns at once, whatever the channel does."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self._failed(f"more than {MOST_WAITING} messages were waiting", stuck=False)
        with self._lock:
            since = self.delivery.since
            stuck = since is not None and datetime.now(UTC) - since > STUCK
            if self._thread is not None and not stuck:
                return
            self._thread = threading.Thread(target=self._run, name="alert", daemon=True)
        if stuck:
            self._failed("it took a message and never answered", stuck=True)
        self._thread.start()

    def test(self, message: Message) -> str | None:
        """Send it now, once, and wait. Why was it not taken? None: it was."""
        return self._tried(message)[0]

    def stop(self) -> None:
        """Do not try again what was refused. What is under way is not waited for."""
        self._stopped.set()

    def idle(self) -> bool:
        """Is nothing waiting, and nothing under way?"""
        return self._waiting.empty() and self.delivery.since is None

    def _run(self) -> None:
        """One message after the other, until another thread has taken over from one stuck."""
        while threading.current_thread() is self._thread:
            message = self._waiting.get()
            self._tell(since=datetime.now(UTC))
            trouble = self._delivered(message)
            if threading.current_thread() is not self._thread:
                return  # it was counted as failed when the other took over
            if trouble is None:
                taken = self.delivery.taken + 1
                self._tell(taken=taken, taken_at=datetime.now(UTC), trouble=None, since=None)
            else:
                self._failed(trouble, stuck=True)

    def _delivered(self, message: Message) -> str | None:
        """Why was it not taken in the end? None: it was."""
        for pause in self._pauses:
            trouble, certainly_not = self._tried(message)
            if trouble is None or not certainly_not or self._stopped.wait(pause):
                return trouble
        return self._tried(message)[0]

    def _tried(self, message: Message) -> tuple[str | None, bool]:
        """Why was it not taken, and is it certain that it did not arrive all the same?

        Where Apprise's log does not tell, silence takes as long as we wait for an answer.
        """
        told: queue.Queue[tuple[str | None, bool]] = queue.Queue()
        whole = self._patience + WHOLE_SECONDS
        threading.Thread(
            target=lambda: told.put(self._sent(message, whole)), name="alert try", daemon=True
        ).start()
        try:
            return told.get(timeout=whole)
        except queue.Empty:  # what comes byte by byte never runs out of time
            return _SILENT, False

    def _sent(self, message: Message, seconds: float) -> tuple[str | None, bool]:
        began = time.monotonic()
        self._log.forget()
        try:
            with bounded(seconds):
                taken = self._sender.notify(
                    title=message.title,
                    body=message.body,
                    notify_type=message.level,
                    body_format="text",
                )
        except Exception as error:  # whose text may hold the address
            return f"Apprise failed with {type(error).__name__}", True
        if taken:
            return None, True
        return self._log.judged(silent=time.monotonic() - began >= self._patience)

    def _failed(self, why: str, *, stuck: bool) -> None:
        _log.warning("Alert channel %s did not take a message: %s", self.delivery.name, why)
        changes: dict[str, Any] = {"since": None} if stuck else {}
        failed = self.delivery.failed + 1
        self._tell(failed=failed, failed_at=datetime.now(UTC), trouble=why, **changes)

    def _tell(self, **changes: Any) -> None:
        with self._lock:
            self.delivery = replace(self.delivery, **changes)
        self._changed(self.delivery)


class _TryLog(logging.Handler):
    """What does Apprise's own log tell of a try? It holds addresses: three facts of it are kept.

    By thread: one that is stuck may be at it still.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told = threading.local()
        self.logger = logging.Logger("apprise", logging.DEBUG)  # nobody else's, and without a root
        self.logger.addHandler(self)

    def forget(self) -> None:
        """A try begins."""
        self._told.code = self._told.sent = None
        self._told.long = False

    def emit(self, record: logging.LogRecord) -> None:
        """Which code was the answer, or had the message left when the connection broke?"""
        text = record.getMessage()
        if record.levelno >= logging.WARNING:  # below that it repeats message and answer
            if code := _CODE.search(text):
                self._told.code = int(code[1])
        elif text.startswith("Socket Exception"):
            self._told.sent = _NEVER_SENT.search(text) is None
            self._told.long = TOO_LONG in text

    def judged(self, *, silent: bool) -> tuple[str, bool]:
        """Why was it not taken, and is it certain that it did not arrive all the same?"""
        code, sent = self._told.code, self._told.sent
        if code == _NO_ANSWER_IN_TIME:
            return f"it answered {code}, and may have taken the message", False
        if code is not None:
            where = ": a redirect, which is not followed" if code // 100 == 3 else ""
            return f"it refused the message with {code}{where}", True
        if sent is False:
            return "nobody answers there", True
        if self._told.long:
            return "its answer was too long, and it may have taken the message", False
        if silent:
            return _SILENT, False
        if sent:
            return "it broke off the connection, and may have taken the message", False
        return "it refused the message", True


def addresses(text: str | None) -> tuple[str, ...]:
    """Which addresses does WATCHTOWER_ALERTS name, separated by commas, spaces or lines?

    Raises: SettingInvalid if Apprise cannot send to one; it is named by its number alone.
    """
    found = tuple(part for part in _APART.split((text or "").strip(" ,\t\r\n")) if part)
    for number, address in enumerate(found, start=1):
        if _plugin(address) is None:
            raise SettingInvalid(
                f"WATCHTOWER_ALERTS: Apprise cannot send to address {number} of {len(found)}. An "
                "address looks like discord://ID/TOKEN, mailto://user:password@example.org or "
                "jsons://example.org/path; percent-encode special characters in passwords. See "
                "https://github.com/caronc/apprise/wiki."
            )
    return found


def _plugin(address: str) -> Any:
    """Apprise's own handle of this address; None where it knows none such.

    Imported when first needed: it takes a quarter of a second, and most commands send nothing.
    """
    for name in ("apprise", "urllib3", "urllib3.connectionpool"):
        logging.getLogger(name).disabled = True  # they log addresses
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what its plugins import
        from apprise import Apprise, AppriseAsset

        # Sent by the thread that asks: threads of Apprise's own would be waited for at the end.
        asset = AppriseAsset(
            app_id="Partition Watchtower",
            async_mode=False,
            service_timeout=0,
            storage_mode="memory",
            http_redirects=False,  # it would arrive empty, and its secrets at another host
        )
        try:
            return Apprise.instantiate(address, asset=asset)
        except Exception:  # whose text may hold the address
            return None


def _opened(address: str, log: _TryLog) -> tuple[Apprise, float, str]:
    """What sends to this address, how long it waits for an answer, and the service's name?"""
    from apprise import Apprise

    plugin = _plugin(address)
    plugin.logger = log.logger
    query = address.partition("?")[2].lower()
    if "cto=" not in query:
        plugin.socket_connect_timeout = CONNECT_SECONDS
    if "rto=" not in query:
        plugin.socket_read_timeout = READ_SECONDS
    if "overflow=" not in query:
        plugin.overflow_mode = "truncate"  # one message, rather than none or several
    sender = Apprise(asset=plugin.asset)
    sender.add(plugin)
    return sender, float(plugin.socket_read_timeout), str(plugin.service_name)
