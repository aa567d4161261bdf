"""What is known at one moment, for every page and viewer? Replaced as a whole under one lock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lib.core.progress import Running
from lib.core.results import Report, Status
from lib.core.weeks import Week
from lib.history.archive import Opened
from lib.history.ground import Ground
from lib.history.history import History
from lib.history.last_repair import LastRepair, last_repair
from lib.reports.review.reading import WeekRows
from lib.watch.alerts.alerter import Alerting
from lib.watch.schedule import USUAL

_STALE_ROUNDS = 3


@dataclass(frozen=True)
class Snapshot:
    """What do the pages show? Immutable, replaced as a whole; `number` grows with each.

    `report` is the last answer, read at `taken_at` (this machine's clock, UTC), `verified` the last
    verification of this process, `ground` the last of any: by it the refreshes go. `trouble` says
    why there is no newer one. `starting` is the sentence and the share (0..1) of a demo coming up.
    `views` holds the row checks of other windows, by days, while somebody looks at them.
    `last_repair` is the moment since which `report` counts the rows once more, by themselves.
    `running` is the verification under way, for whoever looks; its steps leave `number` alone.
    `source` is what the source says of itself, where one was started. `opened` are runs of the
    history that somebody opened, by id; `period` is the schedule's; `alerts` is how those
    stand. `weeks` are those whose review somebody looks at; `noting` are the notes on their way, by
    the incident's moment: empty while one is being kept, else why it was not. `setup` is what of
    the setup is there (`readers.SetUp`), while somebody looks at it.
    """

    number: int = 0
    report: Report | None = None
    taken_at: datetime | None = None
    verified: Report | None = None
    ground: Ground | None = None
    running: Running | None = None
    views: Mapping[int, Report] = field(default_factory=dict)
    history: History = field(default_factory=History)
    last_repair: LastRepair | None = None
    trouble: str | None = None
    starting: tuple[str, float] | None = None
    place: str = ""
    demo: bool = False
    source: object = None
    opened: Mapping[str, Opened] = field(default_factory=dict)
    period: timedelta = USUAL
    refresh_seconds: int = 60
    alerts: Alerting = field(default_factory=Alerting)
    weeks: Mapping[Week, WeekRows] = field(default_factory=dict)
    noting: Mapping[str, str] = field(default_factory=dict)
    setup: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Which database is this, as it is called by whoever watches it?"""
        return self.place or (self.report.database if self.report else "")

    @property
    def unrecorded(self) -> str | None:
        """Why is the last verification in no history? None where it is in it, or a later one is."""
        run, own = next(reversed(self.history.verifications()), None), self.verified
        if own is None or (run is not None and run.at > own.checked_at):
            return None
        return own.unrecorded

    def age(self, now: datetime) -> timedelta | None:
        """How old is the answer? None where there is none."""
        return None if self.taken_at is None else now - self.taken_at

    @property
    def ahead(self) -> timedelta:
        """How far is this machine's clock ahead of the database's? Zero where that is unknown."""
        if self.report is None or self.taken_at is None:
            return timedelta()
        took = timedelta(milliseconds=self.report.duration_ms)
        return self.taken_at - self.report.checked_at - took

    def stale(self, now: datetime) -> bool:
        """Is the answer older than the refresh should ever let it become?"""
        age = self.age(now)
        limit = timedelta(seconds=_STALE_ROUNDS * self.refresh_seconds + 10)
        return age is None or age > limit

    def status(self, now: datetime) -> Status:
        """What can be said at this moment? An old answer is no proof: unknown."""
        if self.report is None or not self.current(now):
            return Status.UNKNOWN
        return self.report.status

    def current(self, now: datetime) -> bool:
        """Is there an answer, and does it still hold?"""
        return self.report is not None and not self.trouble and not self.stale(now)

    def standing(self, now: datetime) -> dict[str, Status]:
        """How does each check stand now, of those that apply?

        Of an old answer only what was critical stays so.
        """
        least = Status.OK if self.current(now) else Status.UNKNOWN
        checks = self.report.applying if self.report is not None else ()
        return {check.check: max(check.status, least) for check in checks}


class SnapshotStore:
    """The snapshot of this moment; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.snapshot = Snapshot()

    def publish(self, **changes: object) -> None:
        """Replace the snapshot by one with these changes; a new number, so that pages redraw."""
        with self._lock:
            self._replace(changes)

    def looked(self, known: Ground | None, **changes: object) -> bool:
        """Publish what a look saw, if the verification by which it went is still the last."""
        with self._lock:
            if self.snapshot.ground is not known:
                return False
            self._replace(changes)
            return True

    def verified(self, report: Report, last_repair: LastRepair | None) -> None:
        """Publish a verification. A look of after its begin stays: it may have seen a break since.

        The next look is judged by this verification, as every one is.
        """
        seen = {"report": report, "last_repair": last_repair, "taken_at": datetime.now(UTC)}
        with self._lock:
            last = self.snapshot.report
            if last is not None and last.checked_at > report.checked_at:
                seen = {}
            ended = {"ground": Ground.of(report), "trouble": None, "running": None}
            self._replace(seen | ended | {"verified": report})

    def _replace(self, changes: Mapping[str, object]) -> None:
        number = self.snapshot.number + 1
        self.snapshot = replace(self.snapshot, number=number, **changes)  # type: ignore[arg-type]

    def show(self, run: Running | None) -> None:
        """How far is the run? No new number: pages that do not show it need not redraw."""
        with self._lock:
            self.snapshot = replace(self.snapshot, running=run)

    def last_repair(self) -> LastRepair | None:
        """Since when should new rows be right, as far as is known by now?"""
        known = self.snapshot
        return None if known.report is None else last_repair(known.history, known.report)
