"""Are the rows older than the window right as well, and which of them were looked at?

A row in a partition whose bounds do not hold its clock is found cheaply, by the index on the clock
(the history queries). One that is wrong within its own partition is found by reading them all: a
verification does that, the newest partitions first, for a share of the run's time; a refresh
repeats what the last verification found, and reads what has grown old since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.checks import repair_triggers, row_visibility
from lib.checks.older_rows_reading import MOST_OLDER, Reader, old
from lib.checks.partition_bounds import Range
from lib.core.context import Context, Verdict
from lib.core.findings import alike, holds, note, warning
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import agree, at_least, moment, or_more, plural, span_of
from lib.remedies.repairs import repair_or_decide

MEANS = "A join on the month key does not find these rows; reports count too few."
_LATER = "not there then"


@dataclass(frozen=True)
class Older:
    """What is known of the older rows of one table?

    `astray` are those in the partition of another month, a row a partition. `parts` has a row for
    each partition that was to be read: how many are wrong within it, or `why` it was not read;
    None where no verification has read any yet. `repeated`: it was an earlier one that did.
    """

    reader: Reader
    astray: tuple[Row, ...]
    parts: tuple[Row, ...] | None
    repeated: bool

    @property
    def guard(self) -> Guard:
        """Of which table?"""
        return self.reader.guard

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

    def wrong(self, of: Sequence[Row], code: str, does: str, words: str) -> list[Finding]:
        """A warning about these, if there are any: what they do, in its headline and in `words`."""
        if not of:
            return []
        guard, context, count = self.guard, self.reader.context, sum(row["rows"] for row in of)
        exact = self.whole and not self.capped
        rows, number = at_least(count, "older row", capped=not exact), count if exact else 0
        headline = f"{rows} of {guard.table} {agree(number, does)}"
        rows = or_more(count, capped=not exact)
        than, when = plural(context.window_days, "day"), span_of(of, "first_seen", "last_seen")
        detail = f"{rows} of {guard.relation}, older than {than}, {agree(number, words)} ({when})"
        repair = repair_or_decide(guard, repair_triggers.repair(context, guard))
        return [warning(guard.relation, code, headline, detail, repair, MEANS)]

    def told(self, wrong: list[Finding], right: str, cheaply: str) -> list[Finding]:
        """What is wrong with them, and which were not read: what was not is never called right.

        `right` is said of all of them, `cheaply` where only the cheap look found nothing.
        """
        guard, coverage = self.guard, self.coverage()
        if not wrong and (blind := row_visibility.unseen(self.reader.context, guard)):
            return [blind]
        if self.whole:
            return wrong or [holds(guard.relation, f"{right}: {coverage}")]
        detail = f"of the older rows of {guard.relation} {coverage}" if wrong else cheaply
        headline = f"not every older row of {guard.table} was read"
        return [*wrong, note(guard.relation, "not_all_read", headline, detail)]

    def coverage(self) -> str:
        """Which were read, in a clause: all, or those of which months."""
        if self.parts is None:
            return "none was read yet: a verification reads them"
        at = f" on {moment(self.parts[0]['at'])}" if self.repeated and self.parts else ""
        if self.whole:
            return f"all were read{at}"
        words = self.guard.parts.spans
        read = words([(p["low"], p["high"]) for p in self.parts if p["why"] is None])
        missed = [p for p in self.parts if p["why"] is not None]
        unread = words([(p["low"], p["high"]) for p in missed])
        why = ", ".join(dict.fromkeys(p["why"] for p in missed))
        if not read:
            return f"none was read ({why})"
        return f"those of {read} were read{at}, those of {unread} were not ({why})"


def look(reader: Reader, parts: list[Range]) -> Older:
    """What is to be said of this table's older rows? Raises: QueryFailed, of the cheap look."""
    context, strays = reader.context, reader.astray(parts)
    aged = old(parts, context)
    if context.verifying:
        return Older(reader, strays, reader.read(aged), repeated=False)
    known = context.proven.get(reader.key)
    if known is None:
        return Older(reader, strays, None, repeated=True)
    kept = [{**row, "rows": 0} if _recent(row, context) else row for row in known.trials]
    since = min((row["since"] for row in kept), default=context.since)
    grown = reader.read(aged, since) if since < context.since else ()
    spans = [(row["low"], row["high"]) for row in kept]
    later = [p for p in aged if not any(low <= p.low and p.high <= high for low, high in spans)]
    more = [row for row in grown if row["rows"] or row["why"] is not None]
    return Older(reader, strays, (*kept, *more, *reader.rows_for(later, _LATER)), repeated=True)


def proven(*results: CheckResult) -> Mapping[str, Verdict]:
    """What did a verification read of the older rows? By check and table."""
    read = [row for result in results for row in result.tables.get("older", ())]
    return {
        key: Verdict(key, key, None, note(key, "read", "", ""), tuple(rows))
        for rows in alike(read, lambda row: row["key"])
        for key in (rows[0]["key"],)
    }


def _recent(row: Row, context: Context) -> bool:
    """Are all the wrong rows that were found there counted as recent ones by now?"""
    first = row["first_seen"]
    return bool(row["rows"] and first and first >= context.since)
