"""How are a table's older rows read: which partitions in one statement, and for how long?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from lib.checks.parameters import names, outlives
from lib.checks.partition_bounds import Range, bound, ranges
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
_NOTHING: Row = {"rows": 0, "first_seen": None, "last_seen": None, "keys": [], "samples": []}


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
    """Who reads the older rows of one table for one check, for so many seconds at most?"""

    session: Session
    context: Context
    check: str
    guard: Guard
    seconds: float

    @property
    def key(self) -> str:
        """What the answer is kept under, for the refreshes after a verification."""
        return f"{self.check}: {self.guard.relation}"

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
        share = Budget(max(0.0, min(self.seconds, left)))
        first = start.astimezone(UTC).date() if start else date.min
        pieces = _pieces([part for part in parts if part.high > first])
        return tuple(row for piece in pieces for row in self._piece(piece, share, start))

    def _piece(self, piece: list[Range], share: Budget, start: datetime | None) -> list[Row]:
        """What one statement found, a row a partition; or why it was not run to its end."""
        if piece[0].foreign:
            return self.rows_for(piece, _FOREIGN)
        if share.left < _LEAST_SECONDS:
            return self.rows_for(piece, _NO_TIME)
        try:
            return self.rows_for(piece, None, self._ask(piece, share, start))
        except QueryFailed as error:
            late = error.sqlstate in ("", "57014")
            return self.rows_for(piece, _NO_TIME if late else reason(error))

    def _ask(self, piece: list[Range], share: Budget, start: datetime | None) -> tuple[Row, ...]:
        """One statement, which may take what the share has left and never more than any other."""
        session, before = self.session, self.session.reserve
        session.reserve = max(before, session.budget.left - share.left)
        # It is much to read, and the writers need the processors more.
        setting = "set local max_parallel_workers_per_gather = 0"
        edge = self.guard.parts.edge
        span = {"low": edge(piece[-1].low), "high": edge(piece[0].high)}
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
                f"checks/{self.check}_{which}",
                names(self.guard),
                lows=[bound(part.low) for part in parts],
                highs=[bound(part.high) for part in parts],
                since=self.context.since,
                **outlives(self.guard),
                **more,
            )

    def rows_for(
        self, piece: list[Range], why: str | None, found: tuple[Row, ...] = ()
    ) -> list[Row]:
        """A row for each of these partitions: what was found in it, or why it was not read."""
        capped = sum(row["rows"] for row in found) >= MOST_READ
        by_bounds = {(row["low"], row["high"]): row for row in found}
        return [
            {
                "key": self.key,
                "table": self.guard.table,
                "relation": part.relation,
                "low": part.low,
                "high": part.high,
                "why": why,
                "at": self.context.now,
                "since": self.context.since,
                **_NOTHING,
                **(own := by_bounds.get((part.low, part.high), {})),
                "capped": capped and bool(own),
            }
            for part in piece
        ]


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
