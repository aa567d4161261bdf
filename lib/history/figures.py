"""Which numbers does a run count, in short enough a form to stand in every history row? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lib.checks import freshness, orphan_rows, partition_coverage, wrong_keys
from lib.core.declaration import parts_of
from lib.core.results import CheckResult, Report, Status

_OWN = {"rows": "rows", "null": "nulls", "wrong": "wrong"}
_JOINED = {"rows": "rows", "null": "nulls", "wrong": "wrong_month", "joined": "joined"}
_THERE = ("present", "future")


@dataclass(frozen=True)
class Figures:
    """What did one run count of the rows of its window of `days`? By table, then by number.

    The numbers are rows, null, wrong and, where a table joins another, joined and orphans.
    `ahead` is how many months after the current one have a partition, without a gap. A table that
    could not be observed is not there. `filled` is when each was last seen with rows, also by an
    earlier run: that one is empty now is told by it.
    """

    days: int
    tables: Mapping[str, Mapping[str, int]]
    ahead: Mapping[str, int]
    filled: Mapping[str, str] = field(default_factory=dict)

    def total(self, number: str) -> int | None:
        """The sum over the tables that have this number. None where none has."""
        found = [counts[number] for counts in self.tables.values() if number in counts]
        return sum(found) if found else None

    @property
    def join_rate(self) -> float | None:
        """Which part of the rows finds its session, 0 to 1? None where there is no row."""
        those = [counts for counts in self.tables.values() if "joined" in counts]
        rows = sum(counts.get("rows", 0) for counts in those)
        return sum(counts["joined"] for counts in those) / rows if rows else None

    def to_json(self) -> dict[str, Any]:
        """As a history row keeps it."""
        return {
            "days": self.days,
            "tables": dict(self.tables),
            "ahead": dict(self.ahead),
            "filled": dict(self.filled),
        }

    @classmethod
    def from_json(cls, kept: Any) -> Figures | None:
        """What a history row kept; None where that is nothing, or cannot be read."""
        try:
            tables = {
                str(table): {str(name): int(count) for name, count in counts.items()}
                for table, counts in kept["tables"].items()
            }
            ahead = {str(table): int(months) for table, months in kept["ahead"].items()}
            filled = {str(table): str(at) for table, at in kept.get("filled", {}).items()}
            return cls(int(kept["days"]), tables, ahead, filled)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return None


def figures(report: Report) -> Figures:
    """What did this report count?"""
    tables: dict[str, dict[str, int]] = {}
    for check, columns in ((wrong_keys.CHECK, _OWN), (orphan_rows.CHECK, _JOINED)):
        for name, column in columns.items():
            for table, count in sums(check.of(report), column).items():
                tables.setdefault(table, {})[name] = count
    for table, count in orphans(report).items():
        tables[table]["orphans"] = count
    seen = freshness.CHECK.of(report).tables.get("filled", ())
    filled = {row["table"]: row["at"].isoformat() for row in seen}
    return Figures(report.window_days, tables, months_ahead(report), filled)


def sums(check: CheckResult, column: str) -> dict[str, int]:
    """The column's sum over the days, by table; none where the check is unknown."""
    if check.status is Status.UNKNOWN:
        return {}
    found: dict[str, int] = {}
    for row in check.tables.get("days", ()):
        found[row["table"]] = found.get(row["table"], 0) + int(row[column])
    return found


def orphans(report: Report) -> dict[str, int]:
    """How many recent rows lack the one that they name, by table? Such as outlived it are right."""
    joins = orphan_rows.CHECK.of(report)
    gone = sums(joins, "gone")
    return {table: count - gone[table] for table, count in sums(joins, "orphans").items()}


def months_ahead(report: Report) -> dict[str, int]:
    """How many months after the current one have a partition, without a gap, by table?"""
    months = partition_coverage.CHECK.of(report).tables.get("months", ())
    there = {(row["table"], row["month"]) for row in months if row["state"] in _THERE}
    ahead = dict.fromkeys((row["table"] for row in months), 0)
    for table in ahead:
        periods = parts_of(table)
        month = periods.at(report.checked_at)
        while (table, month := periods.after(month)) in there:
            ahead[table] += 1
    return ahead
