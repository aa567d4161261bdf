"""How does somebody without a database see the watchtower work? On an embedded one.

PostgreSQL from the wheel, in a directory of this user's own, with sample traffic up to this
minute. Copies of the app share one server: whoever comes first starts it, the last to leave stops
it. What an operator breaks in it stays broken until an operator repairs it.

A command that only wants to look says `running() or start()`: it then disturbs nobody's server,
and stops the one that it had to start itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import shlex
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lib.core.errors import DemoFailed
from lib.demo import embedded, holders, traffic
from lib.demo.place import VERSION, Place, binaries, full, place, prepare, unwritable
from lib.watch.source import Progress

WAIT_SECONDS = 120  # for another copy that starts or loads
LEAVE_SECONDS = 1.5  # for the same, when leaving: it holds a lock of its own by then

_log = logging.getLogger(__name__)
_one_at_a_time = threading.RLock()
_held: dict[Place, tuple[int, int]] = {}  # where → pid (a forked child holds nothing), lock


@dataclass(frozen=True)
class Demo:
    """How is the demo database reached?

    `role_url` is what the app uses: the role watchtower, which may look and nothing else.
    `owner_url` is for breaking and repairing: the owner of the tables, no superuser.
    """

    role_url: str
    owner_url: str


def _silent(_sentence: str, _share: float) -> None:
    pass


def start(progress: Progress = _silent, *, keep: bool = False) -> Demo:
    """Start the demo database or join the one that runs; it then has traffic up to this minute.

    `progress` gets a sentence and the share (0..1) that is done. With `keep` nothing is joined:
    a server that was started for it stays when the process ends.

    Raises: DemoFailed if it cannot be started; the sentence says what to do.
    """
    where = place()
    prepare(where)
    with _one_at_a_time, _alone(where, progress):
        if not keep:
            _join(where)
        try:
            progress(f"Starting PostgreSQL {VERSION}", 0.1)
            embedded.make_data(where)
            embedded.ensure_running(where)
            traffic.ensure_loaded(where, progress)
        except BaseException as error:
            with suppress(DemoFailed):  # why it did not start says more than why it does not stop
                _leave(where)
            if isinstance(error, DemoFailed) and (why := full(where, error)):
                raise why from error
            raise
    demo = _demo(where)
    progress("Adding the traffic since the last time", 0.95)
    top_up(demo)
    progress("The demo database is ready", 1.0)
    return demo


def running() -> Demo | None:
    """Is a demo server with its data up? Joins nothing and starts nothing."""
    where = place()
    return _demo(where) if traffic.is_loaded(where) else None


def stop() -> None:
    """Leave; the last copy to leave stops the server. Takes less than 2 seconds."""
    with _one_at_a_time:
        for where in list(_held):
            if not _release(where):
                continue
            lock = holders.take(where.base / "lock", patience=LEAVE_SECONDS)
            if lock is not None:
                try:
                    _leave(where)
                finally:
                    holders.release(lock)


def top_up(demo: Demo) -> int:
    """Add the traffic since the newest row; how many rows were added? Never raises DemoFailed."""
    return traffic.top_up(demo.owner_url)


def describe(demo: Demo) -> str:
    """What does somebody who wants to look into the demo, break it and repair it need to know?"""
    psql = shutil.which("psql") or str(binaries(place()) / "psql")
    owner = f"{shlex.quote(psql)} {shlex.quote(demo.owner_url)}"
    trigger = "events_set_session_month_from_session"
    return "\n".join(
        (
            "The role that the watchtower connects as (it only reads):",
            f"  {demo.role_url}",
            "The owner of the tables (breaks and repairs):",
            f"  {demo.owner_url}",
            "",
            "Look into it:",
            f"  {owner}",
            "Break a guard:",
            f'  {owner} -c "drop trigger {trigger} on public.events"',
            "Repair it:",
            f"  {owner} -f {shlex.quote(str(traffic.GUARDS_FILE))}",
            "",
            "The server stays up until the last dashboard that uses it ends.",
        )
    )


def _demo(where: Place) -> Demo:
    return Demo(
        role_url=where.url(traffic.ROLE, traffic.DATABASE),
        owner_url=where.url(traffic.OWNER, traffic.DATABASE),
    )


@contextmanager
def _alone(where: Place, progress: Progress) -> Iterator[None]:
    """Let one copy at a time start, load or stop."""
    try:
        lock = holders.take(where.base / "lock")
        if lock is None:
            progress("Waiting for another copy that starts the demo database", 0.05)
            lock = holders.take(where.base / "lock", patience=WAIT_SECONDS)
    except OSError as error:
        raise unwritable(where, error) from error
    if lock is None:
        raise DemoFailed(
            f"Another copy has been starting the demo database for {WAIT_SECONDS} s. "
            f"End it, then start again."
        )
    try:
        yield
    finally:
        holders.release(lock)


def _join(where: Place) -> None:
    if where in _held and _held[where][0] == os.getpid():
        return
    if not _held:
        atexit.register(_stop_at_exit)
    handle = holders.take(_holders(where), shared=True, patience=WAIT_SECONDS)
    if handle is not None:
        _held[where] = os.getpid(), handle


def _release(where: Place) -> bool:
    """Give up this process's hold; did it have one?"""
    pid, handle = _held.pop(where, (0, 0))
    if pid != os.getpid():
        return False
    holders.release(handle)
    return True


def _leave(where: Place) -> None:
    """Stop the server if nobody else holds it. Call it under the lock of `_alone`."""
    _release(where)
    if holders.is_free(_holders(where)):
        embedded.shut_down(where)


def _holders(where: Place) -> Path:
    return where.base / "holders"


def _stop_at_exit() -> None:
    try:
        stop()
    except DemoFailed as error:
        _log.warning("%s", error)
