"""What pages ask for, read in the background: a page neither queries nor waits.

It asks, and shows what is there. One answer is read at a time, and a few are kept while somebody
looks at them. With the database gone, those that were read stay.

Only what is read again and again belongs here. A verification and the repair of a fire drill are
done once for all who ask meanwhile (`SingleFlight` alone), and each note is kept, none instead of
another (`Notebook`): none of these may be dropped, repeated or answered by an earlier one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from lib.core.errors import DatabaseUnreachable, WatchtowerError
from lib.core.flight import SingleFlight
from lib.db.database import Database

_PAUSE = timedelta(seconds=10)  # between two attempts at the same
_WANTED_FOR = timedelta(minutes=10)  # after somebody asked for it last
_MOST_KEYS = 100  # of which it is known when they were asked for: an address may name any
_NEVER = datetime.min.replace(tzinfo=UTC)

K = TypeVar("K")
V = TypeVar("V")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Answer(Generic[V]):
    """What is shown, the last that could be read, and how the last attempt ended."""

    shown: V
    read: V | None
    failed: bool = False
    lost: bool = False  # the database could not be reached


class Background(Generic[K, V]):
    """Answers by key, read when somebody asks. Thread-safe.

    `show` gets all of them whenever one changes. An attempt that has not ended after `seconds` is
    given up; `keep` is how many are kept.
    """

    seconds: float
    keep: int

    def __init__(self, show: Callable[[Mapping[K, V]], None]) -> None:
        self._show = show
        self._flight: SingleFlight[None] = SingleFlight(self.seconds)
        self._lock = threading.Lock()
        self._answers: dict[K, _Answer[V]] = {}
        self._wanted: dict[K, datetime] = {}
        self._tried: dict[K, datetime] = {}
        self._reached = _NEVER
        self.database: Database | None = None

    def read(self, database: Database, key: K) -> V:
        """The answer. Raises: WatchtowerError."""
        raise NotImplementedError

    def failed(self, key: K, read: V | None, error: WatchtowerError) -> V | None:
        """What is shown instead of it, given the last that was read? None: nothing new."""
        raise NotImplementedError

    def fresh(self, answer: V) -> bool:  # noqa: ARG002
        """Need it not be read again?"""
        return True

    def want(self, key: K, now: datetime) -> None:
        """Read this, where it is not there or is not fresh. Returns at once.

        Ask again while another is read, or while there is no database yet.
        """
        self._note(self._wanted, key, now)
        known, database = self._answers.get(key), self.database
        if known is not None and not known.failed and self.fresh(known.shown):
            return
        if database is not None and now - self._tried.get(key, now - _PAUSE) >= _PAUSE:
            self._flight.join(partial(self._try, database, key))

    def reached(self, now: datetime) -> None:
        """The database has answered: what it was not reached for is asked for anew.

        What it answered with an error stays said, until that can be read. What nobody looks at any
        more is forgotten.
        """
        with self._lock:
            self._reached = now
            before, self._answers = self._answers, {}
            for key, known in before.items():
                if now - self._wanted.get(key, _NEVER) > _WANTED_FOR:
                    continue
                if not known.lost:
                    self._answers[key] = known
                    continue
                self._tried.pop(key, None)
                if known.read is not None:
                    self._answers[key] = _Answer(known.read, known.read)
            if self._answers != before:
                self._publish()

    def wait(self, seconds: float) -> None:
        """Until the last attempt has ended, but no longer than so many seconds."""
        self._flight.wait(seconds)

    def _note(self, moments: dict[K, datetime], key: K, now: datetime) -> None:
        """Remember this moment of the key, and of no more than the latest keys."""
        with self._lock:
            moments.pop(key, None)
            moments[key] = now
            if len(moments) > _MOST_KEYS:
                del moments[next(iter(moments))]

    def _try(self, database: Database, key: K) -> None:
        began = datetime.now(UTC)
        self._note(self._tried, key, began)
        try:
            answer = self.read(database, key)
        except WatchtowerError as error:
            self._fail(key, began, error)
        except Exception:
            _log.exception("%s could not be read", key)
            self._fail(key, began, WatchtowerError("It could not be read; the log says more."))
        else:
            self._take(key, _Answer(answer, answer))

    def _fail(self, key: K, began: datetime, error: WatchtowerError) -> None:
        lost = isinstance(error, DatabaseUnreachable)
        if lost and self._reached > began:
            self._tried.pop(key, None)
            return  # it is back since: whoever looks asks again
        known = self._answers.get(key)
        read = None if known is None else known.read
        shown = self.failed(key, read, error)
        if shown is not None:
            self._take(key, _Answer(shown, read, failed=True, lost=lost))

    def _take(self, key: K, answer: _Answer[V]) -> None:
        with self._lock:
            before = self._answers.pop(key, None)
            self._answers[key] = answer
            while len(self._answers) > self.keep:
                del self._answers[next(iter(self._answers))]
            if before is None or before.shown != answer.shown:
                self._publish()

    def _publish(self) -> None:
        self._show({key: answer.shown for key, answer in self._answers.items()})
