"""What does a check get to know? The question of one run, and what its earlier checks found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row


@dataclass(frozen=True)
class Verdict:
    """What did trying a function prove of the definition it had? Null `behaves`: nothing.

    `refuses`: a row that refers to none; null where that is not known of a guard.
    """

    function: str
    definition: str
    behaves: bool | None
    finding: Finding
    trials: tuple[Row, ...] = ()
    refuses: bool | None = None


@dataclass(frozen=True)
class Context:
    """The question of one run: which guards, at what moment, how far back?

    `verifying` is false for a refresh, which only reads; it goes by what the last verification
    has `proven` of each function, by the digest of its definition. `after` is the
    moment since which rows are counted once more, the last repair say. `canonical` is
    the folder of reviewed guards, None for sql/setup. `traceless` runs take back the row that the
    drift RPC writes. `seen` holds what earlier checks of the
    same run found, `kept` what they read for the later ones as well.
    """

    guards: tuple[Guard, ...]
    now: datetime
    window_days: int = 7
    freshness_hours: int = 6
    verifying: bool = True
    proven: Mapping[str, Verdict] = field(default_factory=dict)
    after: datetime | None = None
    canonical: Path | None = None
    traceless: bool = False
    seen: dict[str, CheckResult] = field(default_factory=dict)
    kept: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        """Where the recent window begins: midnight UTC, so that days are whole."""
        day = (self.now - timedelta(days=self.window_days)).astimezone(UTC)
        return day.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def month(self) -> date:
        """First day of the current month, UTC."""
        return self.now.astimezone(UTC).date().replace(day=1)

    @property
    def next_month(self) -> date:
        """First day of the next month, UTC."""
        return following(self.month)

    @property
    def until_next_month(self) -> timedelta:
        """How long until the month turns?"""
        turn = datetime(self.next_month.year, self.next_month.month, 1, tzinfo=UTC)
        return turn - self.now

    @property
    def schemas(self) -> list[str]:
        """Parallel to `tables`, as the catalog queries take them."""
        return [guard.schema for guard in self.guards]

    @property
    def tables(self) -> list[str]:
        """The guarded tables' names."""
        return [guard.table for guard in self.guards]


def following(month: date) -> date:
    """First day of the month after this one."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def rows_of(table: str, rows: Iterable[Row]) -> list[Row]:
    """Which of these rows speak of this table?"""
    return [row for row in rows if row["table_name"] == table]
