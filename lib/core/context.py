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

    def period(self, guard: Guard) -> date:
        """First day of the current period of this table's partitions."""
        return guard.parts.at(self.now)

    def next_period(self, guard: Guard) -> date:
        """First day of the one after it."""
        return guard.parts.after(self.period(guard))

    def until_next(self, guard: Guard) -> timedelta:
        """How long until that begins?"""
        return guard.parts.begins(self.next_period(guard)) - self.now

    def late_for_next(self, guard: Guard) -> bool:
        """Does the next one begin so soon that it must be ready by now?"""
        return self.until_next(guard) <= guard.parts.last_hours

    @property
    def schemas(self) -> list[str]:
        """Parallel to `tables`, as the catalog queries take them."""
        return [guard.schema for guard in self.guards]

    @property
    def tables(self) -> list[str]:
        """The guarded tables' names."""
        return [guard.table for guard in self.guards]


def rows_of(table: str, rows: Iterable[Row]) -> list[Row]:
    """Which of these rows speak of this table?"""
    return [row for row in rows if row["table_name"] == table]
