"""Are the rows older than the window right as well, and which of them were looked at?

A row in a partition whose bounds do not hold its clock is found cheaply, by the index on the clock
(the history queries). One that is wrong within its own partition is found by reading them all: a
verification does that, the newest partitions first, for a share of the run's time; a refresh
repeats what the last verification found, and reads what has grown old since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.checks import row_visibility
from lib.checks.accepted import settle
from lib.checks.check import Check
from lib.checks.older_rows_reading import MOST_OLDER, Question, Reader, old, rows_for
from lib.checks.partition_bounds import Range
from lib.checks.reach import blast
from lib.core.context import Context, Verdict
from lib.core.errors import QueryFailed
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import at_least, moment, rows_word, spans_words
from lib.db.database import Session
from lib.remedies.unobserved import unobserved

_LATER = "not there then"


@dataclass(frozen=True)
class Older:
    """What is known of the older rows of one table?

    `astray` are those in the partition of another month, a row a partition. `parts` has a row for
    each partition that was to be read: how many are wrong within it, or `why` it was not read;
    None where no verification has read any yet. `repeated`: it was an earlier one that did.
    """

    asked: Question
    astray: tuple[Row, ...]
    parts: tuple[Row, ...] | None
    repeated: bool

    @property
    def within(self) -> list[Row]:
        """The partitions that hold rows which are wrong within them."""
        return [row for row in self.parts or () if row["rows"]]

    @property
    def whole(self) -> bool:
        """Was every partition read?"""
        return self.parts is not None and all(row["why"] is None for row in self.parts)

    @property
    def capped(self) -> bool:
        """Was something counted to a limit alone?"""
        counted = any(row["rows"] >= MOST_OLDER for row in self.astray)
        return counted or any(row["capped"] for row in self.within)

    @property
    def count(self) -> int:
        """How many of both kinds? What an operator may accept by its number, where it is exact."""
        return sum(row["rows"] for row in (*self.astray, *self.within))

    def rows(self, of: Iterable[Row]) -> str:
        """12 rows, or 12 rows or more."""
        return rows_word(sum(row["rows"] for row in of)) + (
            "" if self.whole and not self.capped else " or more"
        )

    def named(self, of: Sequence[Row], one: str, more: str) -> str:
        """12 older rows of sessions, and what is said of one of them, or of more."""
        count = sum(row["rows"] for row in of)
        exact = self.whole and not self.capped
        rows = at_least(count, "older row", capped=not exact)
        return f"{rows} of {self.asked.guard.table} {one if exact and count == 1 else more}"

    def told(
        self, context: Context, wrong: list[Finding], right: str, cheaply: str
    ) -> list[Finding]:
        """What is wrong with them, and which were not read: what was not is never called right.

        `right` is said of all of them, `cheaply` where only the cheap look found nothing.
        """
        guard, coverage = self.asked.guard, self.coverage()
        if not wrong and (hidden := row_visibility.hidden(context, guard)):
            return [row_visibility.unseen(guard, hidden)]
        if self.whole:
            detail = f"{right}: {coverage}"
            return wrong or [Finding(guard.relation, Status.OK, detail, code="holds")]
        detail = f"of the older rows of {guard.relation} {coverage}" if wrong else cheaply
        words = f"not every older row of {guard.table} was read"
        note = Finding(guard.relation, Status.OK, detail, code="not_all_read", headline=words)
        return [*wrong, note]

    def coverage(self) -> str:
        """Which were read, in a clause: all, or those of which months."""
        if self.parts is None:
            return "none was read yet: a verification reads them"
        at = f" on {moment(self.parts[0]['at'])}" if self.repeated and self.parts else ""
        if self.whole:
            return f"all were read{at}"
        read = spans_words([(p["low"], p["high"]) for p in self.parts if p["why"] is None])
        missed = [p for p in self.parts if p["why"] is not None]
        unread = spans_words([(p["low"], p["high"]) for p in missed])
        why = ", ".join(dict.fromkeys(p["why"] for p in missed))
        if not read:
            return f"none was read ({why})"
        return f"those of {read} were read{at}, those of {unread} were not ({why})"


def look(session: Session, context: Context, asked: Question, parts: list[Range]) -> Older:
    """What is to be said of this table's older rows? Raises: QueryFailed, of the cheap look."""
    reader = Reader(session, context, asked)
    strays = reader.astray(parts)
    aged = old(parts, context)
    if context.verifying:
        return Older(asked, strays, reader.read(aged), repeated=False)
    known = context.proven.get(asked.key)
    if known is None:
        return Older(asked, strays, None, repeated=True)
    kept = [{**row, "rows": 0} if _recent(row, context) else row for row in known.trials]
    since = min((row["since"] for row in kept), default=context.since)
    grown = reader.read(aged, since) if since < context.since else ()
    spans = [(row["low"], row["high"]) for row in kept]
    later = [p for p in aged if not any(low <= p.low and p.high <= high for low, high in spans)]
    more = [
        *(row for row in grown if row["rows"] or row["why"] is not None),
        *rows_for(context, asked, later, _LATER),
    ]
    return Older(asked, strays, (*kept, *more), repeated=True)


def proven(*results: CheckResult) -> Mapping[str, Verdict]:
    """What did a verification read of the older rows? By check and table."""
    return {
        key: Verdict(
            key,
            key,
            None,
            Finding(key, Status.OK, "", code="read"),
            tuple(row for row in result.tables["older"] if row["key"] == key),
        )
        for result in results
        for key in dict.fromkeys(row["key"] for row in result.tables.get("older", ()))
    }


@dataclass(frozen=True)
class Observed:
    """What a check has observed of rows, one table after the other.

    Of recent rows by day, and since a chosen moment; of older ones; and how far the faults reach.
    """

    days: list[Row] = field(default_factory=list)
    olders: list[Older] = field(default_factory=list)
    radius: list[Row] = field(default_factory=list)
    since: list[Row] = field(default_factory=list)

    def look_back(
        self,
        session: Session,
        context: Context,
        asked: Question,
        parts: list[Range],
        judge: Callable[[Older, Context], list[Finding]],
    ) -> list[Finding]:
        """What is said of this table's older rows? A failure leaves the recent answer standing."""
        if not parts:
            return []
        guard = asked.guard
        try:
            older = look(session, context, asked, parts)
        except QueryFailed as error:
            what, begin = f"older data of {guard.table}", f"older rows of {guard.relation}: "
            found = [unobserved(guard.relation, what, error, begin, guard)]
        else:
            self.olders.append(older)
            found = judge(older, context)
        table = guard.relation
        return [replace(each, subject=f"{table}, older", older=table) for each in found]

    def settled(
        self, session: Session, check: Check, findings: tuple[Finding, ...]
    ) -> tuple[Finding, ...]:
        """The findings of a check, with accepted older rows turned into a note."""
        capped = any(older.capped for older in self.olders)
        count = sum(older.count for older in self.olders)
        return settle(session, check, findings, count, capped=capped)

    def tables(self, astray: str, within: str) -> dict[str, tuple[Row, ...]]:
        """The same by name: `history` are the cheap look's rows, `older` the partitions.

        Both kinds of older rows bear these names in `radius`.
        """
        far: list[Row] = []
        for older in self.olders:
            guard, seen = older.asked.guard, ("first_seen", "last_seen")
            far += blast(guard, astray, older.astray, "rows", older.asked.span)
            far += blast(guard, within, older.within, "rows", seen)
        return {
            "days": tuple(self.days),
            "history": tuple(
                {"table": older.asked.guard.table, **row}
                for older in self.olders
                for row in older.astray
            ),
            "older": tuple(row for older in self.olders for row in older.parts or ()),
            "radius": (*self.radius, *({**row, "older": True} for row in far)),
            "since": tuple(self.since),
        }


def _recent(row: Row, context: Context) -> bool:
    """Are all the wrong rows that were found there counted as recent ones by now?"""
    first = row["first_seen"]
    return bool(row["rows"] and first and first >= context.since)
