"""What do the pages read beside the snapshot? A run of the history, a week, another window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lib import verification
from lib.core.declaration import declared
from lib.core.errors import DatabaseUnreachable, QueryFailed, SetupFailed, WatchtowerError
from lib.core.results import Report
from lib.core.weeks import Week, week_of
from lib.db.database import Database
from lib.history import archive
from lib.history.archive import Opened
from lib.history.history import History
from lib.reports.review import reading
from lib.reports.review.reading import WeekRows
from lib.setup.script import Part, script
from lib.setup.standing import Standing, standing
from lib.watch.background import Background
from lib.watch.snapshot import Snapshot

OLDEST = 160  # weeks back that can be asked for: a made-up address costs the database little
WINDOWS = (1, 7, 30, 90)  # days that pages offer


class Runs(Background[str, Opened]):
    """Which runs of the history has somebody opened? By id."""

    seconds, keep = archive.BUDGET_SECONDS + 1, 8

    def read(self, database: Database, key: str) -> Opened:
        """What this run found, word for word."""
        return archive.opened(database, key)

    def failed(self, key: str, read: Opened | None, error: WatchtowerError) -> Opened:  # noqa: ARG002
        """Why it could not be read."""
        return Opened(trouble=str(error))


class Weeks(Background[Week, WeekRows]):
    """Of which weeks does somebody look at the review? `history` is what the process knows."""

    seconds, keep = reading.BUDGET_SECONDS + 2, 6

    def __init__(
        self, show: Callable[[Mapping[Week, WeekRows]], None], history: Callable[[], History]
    ) -> None:
        super().__init__(show)
        self._history = history

    def want(self, key: Week, now: datetime) -> None:
        """Read this week, where the review reaches so far back."""
        if not week_of(now).later(-OLDEST) <= key <= week_of(now):
            return
        super().want(key, now)
        if self.database is None and key not in self._answers:
            self._fail(key, now, DatabaseUnreachable("The database has not been reached yet."))

    def read(self, database: Database, key: Week) -> WeekRows:
        """The rows of its review."""
        return reading.read(database, key, datetime.now(UTC))

    def fresh(self, answer: WeekRows) -> bool:
        """Did nothing come in that its review tells of, since it was read?"""
        return not reading.grown(answer, self._history())

    def failed(self, key: Week, read: WeekRows | None, error: WatchtowerError) -> WeekRows:
        """What was read before, else what the process knows of it, and why there is no more."""
        why = f"The history cannot be read: {error}." if isinstance(error, QueryFailed) else error
        if read is not None:
            return replace(read, trouble=str(why))
        known = replace(self._history(), noticed=())  # without what was counted word for word
        return WeekRows(key, datetime.now(UTC), known, trouble=str(why), partial=True)


@dataclass(frozen=True)
class SetUp:
    """What of the setup is there, and the SQL of it; or why that could not be read."""

    standing: Standing | None = None
    parts: tuple[Part, ...] = ()
    trouble: str = ""
    report: Report | None = None


class Setups(Background[str, SetUp]):
    """Does somebody look at what of the setup is there? By one key, "now"."""

    seconds, keep = 16.0, 1

    def __init__(
        self, show: Callable[[Mapping[str, SetUp]], None], snapshot: Callable[[], Snapshot]
    ) -> None:
        super().__init__(show)
        self._snapshot = snapshot

    def read(self, database: Database, key: str) -> SetUp:  # noqa: ARG002
        """How it stands, and the SQL where that can be made."""
        report, guards = self._snapshot().report, declared()
        known = standing(database, guards)
        try:
            return SetUp(known, script(guards, database), report=report)
        except SetupFailed as error:
            return SetUp(known, trouble=str(error), report=report)

    def fresh(self, answer: SetUp) -> bool:
        """Is it no older than the report beside it?"""
        return answer.report is self._snapshot().report

    def failed(self, key: str, read: SetUp | None, error: WatchtowerError) -> SetUp:  # noqa: ARG002
        """Why it could not be read."""
        return SetUp(None if read is None else read.standing, trouble=str(error))


class Views(Background[int, Report]):
    """At the keys and joins of which other windows does somebody look? By days.

    `snapshot` is what the process knows, `look` has it look at once.
    """

    seconds, keep = verification.BUDGET_SECONDS + 1, len(WINDOWS)

    def __init__(
        self,
        show: Callable[[Mapping[int, Report]], None],
        snapshot: Callable[[], Snapshot],
        look: Callable[[], object],
    ) -> None:
        super().__init__(show)
        self._snapshot, self._look = snapshot, look

    def want(self, key: int, now: datetime) -> None:
        """Read this window, where pages offer it."""
        if key in WINDOWS:
            super().want(key, now)

    def read(self, database: Database, key: int) -> Report:
        """The checks that count rows, over this window."""
        ground = self._snapshot().ground
        proven = {} if ground is None else ground.proven
        return verification.rows(database, window_days=key, proven=proven)

    def fresh(self, answer: Report) -> bool:
        """Is it no older than the report beside it?"""
        report = self._snapshot().report
        return report is None or answer.checked_at >= report.checked_at

    def failed(self, key: int, read: Report | None, error: WatchtowerError) -> None:  # noqa: ARG002
        """Nothing new: the next look says what is wrong."""
        self._look()
