"""Who wants it verified? One run at a time, whoever asks; every viewer sees how far it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from lib import verification
from lib.checks import CHECKS
from lib.core.errors import DatabaseUnreachable, WatchtowerError
from lib.core.flight import SingleFlight
from lib.core.progress import Running
from lib.core.results import CheckResult, Report
from lib.db.database import Database
from lib.history.last_repair import LastRepair
from lib.settings.settings import Settings
from lib.watch import schedule
from lib.watch.snapshot import SnapshotStore

APART = timedelta(minutes=1)  # between two that a change asks for, over all copies
_WATCH = "the watch"
_TRIES = 3  # of a slot, while others ask for run after run

_log = logging.getLogger(__name__)


class Verifier:
    """The verification that this process shares. `remember` reads the history after a run.

    `on_verified` hears of every run that came to an end.
    """

    def __init__(self, store: SnapshotStore, remember: Callable[[], object]) -> None:
        self._store, self._remember = store, remember
        self._flight: SingleFlight[Report] = SingleFlight()
        self._asking: SingleFlight[None] = SingleFlight()
        self._changed_at: float | None = None
        self.database: Database | None = None
        self.settings = Settings()
        self.on_verified: list[Callable[[Report], None]] = []

    def join(self, who: str, face: str) -> Future[Report]:
        """Run the verification, or join the one that runs."""
        return self._flight.join(partial(self._verify, who, face, None), self._remember)

    def due(self, slot: datetime, who: str, face: str) -> None:
        """Run the verification of this slot, if no other copy does.

        One under way has a row of its own, and began before the slot: it is waited for, not
        joined, so that the slot leaves its row too. Raises: WatchtowerError, DatabaseUnreachable
        after 10 s.
        """
        run = partial(self._verify, who, face, schedule.slot_id(slot))
        for _ in range(_TRIES):
            with schedule.claimed(self._reachable(), slot) as ours:
                if not ours:
                    return
                future, own = self._flight.joined(run, self._remember)
                if own:
                    verification.landed(future)
                    return
            with suppress(WatchtowerError):
                verification.landed(future)

    def changed(self, last: Report) -> None:
        """Verify since something changed after the last one, unless a copy has. Returns at once."""
        before, apart = self._changed_at, APART.total_seconds()
        if before is None or time.monotonic() - before >= apart:
            self._asking.join(partial(self._after_a_change, last))

    def _after_a_change(self, last: Report) -> None:
        run = partial(self._verify, _WATCH, schedule.CHANGE, None)
        try:
            with schedule.change_claimed(self._reachable(), APART, last) as ours:
                if not ours:
                    return
                future, own = self._flight.joined(run, self._remember)
                if own:  # else it may have begun before the change
                    self._changed_at = time.monotonic()
                verification.landed(future)
        except WatchtowerError as error:
            self._changed_at = time.monotonic()  # a standby, say: no use in trying every second
            _log.warning("What changed was not verified: %s", error)

    def wait(self, seconds: float) -> None:
        """Until the last run and what follows it have ended, but no longer than so many seconds."""
        self._flight.wait(seconds)

    def _verify(self, who: str, face: str, slot: UUID | None) -> Report:
        database = self._reachable()
        run = Running(datetime.now(UTC), who, face, tuple(check.name for check in CHECKS))
        last_repair = self._store.last_repair()
        try:
            report = self._prove(database, run, last_repair, slot)
        except WatchtowerError as error:
            self._store.publish(trouble=str(error), running=None)
            raise
        except BaseException:
            self._store.show(None)
            raise
        self._store.verified(report, last_repair)
        for hear in self.on_verified:
            hear(report)
        return report

    def _prove(
        self, database: Database, run: Running, last_repair: LastRepair | None, slot: UUID | None
    ) -> Report:
        """The run itself; every viewer sees each check as it lands."""
        self._store.show(run)
        before = self._store.snapshot

        def landed(result: CheckResult) -> None:
            known = self._store.snapshot.running
            if known is not None and known.began == run.began:  # else it was given up
                self._store.show(known.landed(result))

        return verification.verify(
            database,
            who=run.who,
            face=run.face,
            window_days=self.settings.window_days,
            freshness_hours=self.settings.freshness_hours,
            since=last_repair.at if last_repair else None,
            canonical=self.settings.canonical,
            slot=slot,
            progress=landed,
            before=before.ground,
            last=before.report,
            noticed=before.history.noticed,
        )

    def _reachable(self) -> Database:
        if self.database is None:
            known = self._store.snapshot
            sentence = known.starting[0] if known.starting else "starting"
            not_yet = f"The database is not ready yet: {sentence}."
            raise DatabaseUnreachable(known.trouble or not_yet)
        return self.database
