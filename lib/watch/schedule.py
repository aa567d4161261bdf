"""When is the next verification due, and who of several copies runs it?

A slot is a moment of the cron expression, UTC. Every copy tries to claim it; one gets it, for as
long as its transaction is open: one that dies in the middle holds up nobody, and a slot that has
its row is never run again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from croniter import croniter

from lib.core.errors import QueryFailed, WatchtowerError
from lib.core.results import Report, rfc3339
from lib.db.database import Database, Transaction
from lib.history.history import VERIFICATION

WHO = "schedule"
CHANGE = "change"  # the face through which a change asks
CLAIM_SECONDS = 14.0
USUAL = timedelta(minutes=15)  # the period of the schedule that is in force unless another is set

AGAIN = timedelta(seconds=20)
SLACK = timedelta(seconds=30)  # that a run may come later than its slot: it waits, it takes a while

_SLOTS = 101  # that tell the period
_LONGEST_WAIT = 30.0  # seconds; a clock that jumps is noticed by then
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, VERIFICATION)

_log = logging.getLogger(__name__)


def slot_of(cron: str, now: datetime) -> datetime:
    """The slot that is due at this moment: the latest that is not in the future."""
    if croniter.match(cron, now):
        return now.replace(second=0, microsecond=0)
    found: datetime = croniter(cron, now).get_prev(datetime)
    return found


def slot_after(cron: str, now: datetime) -> datetime:
    """The next slot."""
    found: datetime = croniter(cron, now).get_next(datetime)
    return found


def period(cron: str, now: datetime) -> timedelta:
    """How far apart are its slots? Mostly, where they are not evenly so; the longer of equals."""
    following = croniter(cron, now)
    slots: list[datetime] = [following.get_next(datetime) for _ in range(_SLOTS)]
    apart = Counter(later - earlier for earlier, later in pairwise(slots))
    return max(apart, key=lambda length: (apart[length], length))


def holds(period: timedelta) -> timedelta:
    """For how long does a run speak, where none follows? One that is missing leaves no gap."""
    return 2 * period + SLACK


def slot_id(slot: datetime) -> uuid.UUID:
    """The id of the slot's history row: the UUIDv5 of check name and slot."""
    return uuid.uuid5(_NAMESPACE, f"{VERIFICATION} {rfc3339(slot)}")


def again(at: datetime) -> datetime:
    """The next slot beside the schedule, not before this moment: what is run once more.

    All copies have the same: 10, 30 and 50 s past the minute, at which no slot of a schedule is.
    """
    since = at - at.replace(second=10, microsecond=0)
    return at.replace(second=10, microsecond=0) - (-since // AGAIN) * AGAIN


@contextmanager
def claimed(database: Database, slot: datetime) -> Iterator[bool]:
    """Is this slot ours to run, for as long as the block runs?

    Raises: DatabaseUnreachable.
    """
    with database.session(CLAIM_SECONDS) as session, session.writing() as transaction:
        key = f"{VERIFICATION} {rfc3339(slot)}"
        ours = bool(transaction.rows("schedule/claim", key=key)[0]["free"])
        # A statement of its own: it must see what the copy that held the lock has committed.
        yield ours and not _done(transaction, "schedule/done", id=str(slot_id(slot)))


@contextmanager
def change_claimed(database: Database, apart: timedelta, last: Report) -> Iterator[bool]:
    """Is it ours to verify what changed after the `last` verification, while the block runs?

    Not where another one has come since, nor where a change had any copy verify in the time
    `apart`. Raises: DatabaseUnreachable.
    """
    with database.session(CLAIM_SECONDS) as session, session.writing() as transaction:
        ours = bool(transaction.rows("schedule/claim", key=f"{VERIFICATION} {CHANGE}")[0]["free"])
        known, seconds = last.row or None, apart.total_seconds()
        after = {"known": known, "since": last.checked_at, "seconds": seconds}
        yield ours and not _done(transaction, "schedule/lately", **after)


def _done(transaction: Transaction, name: str, **values: Any) -> bool:
    """What do the rows say? Without a history each copy goes by what it has done itself."""
    try:
        return bool(transaction.rows(name, **values)[0]["done"])
    except QueryFailed:
        return False


class Schedule:
    """Calls `run` with each slot when it is due, in a thread of its own, until stopped.

    A slot that passed while nothing ran is not made up for, but for the one that is due now.
    """

    def __init__(
        self,
        cron: str,
        run: Callable[[datetime], object],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._cron, self._run, self._clock = cron, run, clock
        self._stopped, self._wake = threading.Event(), threading.Event()
        self._last: datetime | None = None
        self._once: tuple[datetime, Callable[[datetime], object]] | None = None
        self._thread = threading.Thread(target=self._loop, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin, with the slot that is due now."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop; a run under way is not waited for."""
        self._stopped.set()
        self._wake.set()

    def once(self, slot: datetime, run: Callable[[datetime], object]) -> None:
        """Run this slot too when it is due. One at a time: the earliest that was asked for.

        Who asks again and again, by a clock that goes on, would put it off for ever else.
        """
        waiting = self._once
        if waiting is None or slot < waiting[0]:
            self._once = slot, run
            self._wake.set()

    def tick(self) -> None:
        """Run the slot that is due, if it has not been tried, and what is due once.

        Nothing escapes.
        """
        slot = slot_of(self._cron, self._clock())
        if slot != self._last:
            self._last = slot
            self._try(slot, self._run)
        once = self._once
        if once is not None and once[0] <= self._clock():
            self._once = None
            self._try(*once)

    def _try(self, slot: datetime, run: Callable[[datetime], object]) -> None:
        try:
            run(slot)
        except WatchtowerError as error:
            _log.warning("The verification of %s did not run: %s", rfc3339(slot), error)
        except Exception:
            _log.exception("The verification of %s failed unexpectedly", rfc3339(slot))

    def _loop(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            self.tick()
            now, once = self._clock(), self._once
            due = slot_after(self._cron, now) if once is None else once[0]
            wait = (min(due, slot_after(self._cron, now)) - now).total_seconds()
            self._wake.wait(min(max(wait, 0.05), _LONGEST_WAIT))
