"""How are a table's older rows read: which partitions in one statement, and for how long?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from lib.checks.partition_bounds import Range, ranges
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.results import Row
from lib.db.connection import Budget
from lib.db.database import Session
from lib.remedies.unobserved import reason

MOST_OLDER = 1_000  # rows a partition and side that a history query counts at most
MOST_READ = 100_000  # wrong rows that one statement counts at most
_ROWS_AT_ONCE = 500_000  # by PostgreSQL's estimate: a statement of some 100 ms
_LEAST_SECONDS = 0.05
_NO_TIME = "the time for it was used up"
_FOREIGN = "a foreign table"


@dataclass(frozen=True)
class Question:
    """Which SQL asks about one table, and which of its columns say from when to when?

    `seconds`: so long may reading its older rows take at most. `values` are what it takes besides.
    """

    check: str
    guard: Guard
    names: Mapping[str, str]
    span: tuple[str, str]
    seconds: float
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the answer is kept under, for the refreshes after a verification."""
        return f"{self.check}: {self.guard.relation}"


def parts_of(rows: list[Row]) -> list[Range]:
    """Which ranges of keys are read: each partition's, or all of a table that has none?

    `rows` are the table's own of sql/checks/partition_coverage.sql.
    """
    found = ranges(rows)
    if found or not rows:
        return found
    return [Range(rows[0]["relation"], date.min, date.max, rows[0]["row_estimate"])]


@dataclass(frozen=True)
class Reader:
    """Who reads the older rows of one table in this run?"""

    session: Session
    context: Context
    asked: Question

    def astray(self, parts: list[Range]) -> tuple[Row, ...]:
        """The rows whose clock lies outside their partition's bounds, by the index on the clock.

        None of a table that is one for all months.
        """
        bounded = [part for part in parts if (part.low, part.high) != (date.min, date.max)]
        if not bounded:
            return ()
        return self._rows("history", bounded, "set local enable_seqscan = off")

    def read(self, parts: list[Range], start: datetime | None = None) -> tuple[Row, ...]:
        """Every row from `start` to the window, the newest partitions first: a row for each.

        It takes what is allowed at most, and half of what the run has left.
        """
        left = (self.session.budget.left - self.session.reserve) / 2
        share = Budget(max(0.0, min(self.asked.seconds, left)))
        first = start.astimezone(UTC).date() if start else date.min
        pieces = _pieces([part for part in parts if part.high > first])
        return tuple(row for piece in pieces for row in self._piece(piece, share, start))

    def _piece(self, piece: list[Range], share: Budget, start: datetime | None) -> list[Row]:
        """What one statement found, a row a partition; or why it was not run to its end."""
        found: tuple[Row, ...] = ()
        why = _FOREIGN if piece[0].foreign else None
        if why is None and share.left < _LEAST_SECONDS:
            why = _NO_TIME
        if why is None:
            try:
                found = self._ask(piece, share, start)
            except QueryFailed as error:
                late = error.sqlstate in ("", "57014")
                why = _NO_TIME if late else reason(error)
        return rows_for(self.context, self.asked, piece, why, found)

    def _ask(self, piece: list[Range], share: Budget, start: datetime | None) -> tuple[Row, ...]:
        """One statement, which may take what the share has left and never more than any other."""
        session, before = self.session, self.session.reserve
        session.reserve = max(before, session.budget.left - share.left)
        # It is much to read, and the writers need the processors more.
        setting = "set local max_parallel_workers_per_gather = 0"
        span = {"low": _bound(piece[-1].low), "high": _bound(piece[0].high)}
        try:
            return self._rows(
                "older", piece, setting, start=start or "-infinity", most=MOST_READ, **span
            )
        finally:
            session.reserve = before

    def _rows(
        self, which: str, parts: list[Range], setting: str, **more: object
    ) -> tuple[Row, ...]:
        """What this statement finds in these partitions, under this setting."""
        with self.session.reading() as transaction:
            transaction.send(setting)
            return transaction.rows(
                f"checks/{self.asked.check}_{which}",
                self.asked.names,
                lows=[_bound(part.low) for part in parts],
                highs=[_bound(part.high) for part in parts],
                since=self.context.since,
                **self.asked.values,
                **more,
            )


def old(parts: list[Range], context: Context) -> list[Range]:
    """Which partitions hold rows of before the window, if they hold what they should?"""
    return [part for part in parts if part.low < context.since.date()]


def _pieces(parts: list[Range]) -> list[list[Range]]:
    """Neighbours together, as many as one statement may read; the newest first."""
    pieces: list[list[Range]] = []
    for part in sorted(parts, key=lambda part: part.low, reverse=True):
        last = pieces[-1] if pieces else []
        if (
            last
            and part.high == last[-1].low
            and not (part.foreign or last[-1].foreign)
            and sum(map(_weight, [*last, part])) <= _ROWS_AT_ONCE
        ):
            last.append(part)
        else:
            pieces.append([part])
    return pieces


def _weight(part: Range) -> int:
    """How many rows, by estimate? One that was never analyzed is read by itself."""
    return _ROWS_AT_ONCE if part.estimate is None else part.estimate


def rows_for(
    context: Context,
    asked: Question,
    piece: list[Range],
    why: str | None,
    found: tuple[Row, ...] = (),
) -> list[Row]:
    """A row for each of these partitions: what was found in it, or why it was not read."""
    capped = sum(row["rows"] for row in found) >= MOST_READ
    by_bounds = {(row["low"], row["high"]): row for row in found}
    return [
        {
            "key": asked.key,
            "table": asked.guard.table,
            "relation": part.relation,
            "low": part.low,
            "high": part.high,
            "why": why,
            "at": context.now,
            "since": context.since,
            **_counted(by_bounds.get((part.low, part.high)), asked, capped=capped),
        }
        for part in piece
    ]


def _counted(row: Row | None, asked: Question, *, capped: bool) -> dict[str, Any]:
    first, last = asked.span
    return {
        "rows": row["rows"] if row else 0,
        "first_seen": row[first] if row else None,
        "last_seen": row[last] if row else None,
        "keys": (row.get("wrong_months") if row else None) or [],
        "samples": row["samples"] if row else [],
        "capped": capped and row is not None,
    }


def _bound(day: date) -> str:
    """An open bound stands for every date, also those that Python does not know."""
    return {date.min: "-infinity", date.max: "infinity"}.get(day, day.isoformat())
