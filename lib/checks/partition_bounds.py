"""Which keys does each partition take, and which does none?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lib.core.periods import MONTHS, Periods
from lib.core.results import Row

_FROM, _TO = "FOR VALUES FROM (", ") TO ("


def ends(periods: Periods, bound: str) -> tuple[date, date] | None:
    """From which day on to before which does it take keys? Null where it is not understood."""
    low, to, high = bound.removeprefix(_FROM).removesuffix(")").partition(_TO)
    found = (periods.bound(low), periods.bound(high))
    if not (to and bound.startswith(_FROM)) or None in found:
        return None
    return found[0], found[1]  # type: ignore[return-value]


@dataclass(frozen=True)
class Range:
    """Which keys does one partition take? low ≤ key < high. `estimate` is PostgreSQL's, of rows."""

    relation: str
    low: date
    high: date
    estimate: int | None = None
    kind: str = "r"

    def takes(self, month: date) -> bool:
        """Does it take the month's only right key, its first day?"""
        return self.low <= month < self.high

    @property
    def foreign(self) -> bool:
        """Does it stand for a table of another server?"""
        return self.kind == "f"


def ranges(rows: Iterable[Row]) -> list[Range]:
    """Which partitions take keys, by lower bound? Those being detached take none."""
    return sorted(
        (
            Range(row["relation"], row["low"], row["high"], row["row_estimate"], row["kind"])
            for row in rows
            if row["depth"] == 1 and row["low"] and row["high"] and not row["detach_pending"]
        ),
        key=lambda part: part.low,
    )


def bound(day: date) -> str:
    """An open bound stands for every date, also those that Python does not know."""
    return {date.min: "-infinity", date.max: "infinity"}.get(day, day.isoformat())


def gaps(parts: list[Range]) -> list[tuple[date, date]]:
    """Which keys has no partition: before the first, between, after the last? For DEFAULT."""
    edges, low = [], date.min
    for part in parts:
        if part.low > low:
            edges.append((low, part.low))
        low = max(low, part.high)
    return [*edges, (low, date.max)] if low < date.max else edges


def covers(parts: Iterable[Range], month: date, periods: Periods = MONTHS) -> bool:
    """Does some partition take it, or several each key of it, where it has more than one?"""
    if not (periods.exact or periods.of):
        return any(part.takes(month) for part in parts)
    low, end = month, periods.after(month)
    for part in sorted(parts, key=lambda part: part.low):
        low = part.high if part.low <= low < part.high else low
    return low >= end
