"""Is the DEFAULT partition empty?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from lib.checks import partition_coverage, repair_triggers, row_visibility
from lib.checks.check import Check, Group, Place, Query
from lib.checks.parameters import names, window
from lib.checks.partition_bounds import Range, bound, covers, gaps, ranges
from lib.checks.partition_coverage import namesakes, observe
from lib.checks.table_shapes import table_missing
from lib.core.context import Context, rows_of
from lib.core.findings import critical, holds, note, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies
from lib.core.results import CheckResult, Finding, Report, Row, Status
from lib.core.words import at_least, number, observed, or_more, plural, span_words, unqualified
from lib.db.database import Session
from lib.remedies import moving, repairs
from lib.remedies.horizon import AHEAD, APART, wanted
from lib.remedies.missing import Namesake
from lib.remedies.unobserved import each

_WRONG = ("repair their keys", "Joins by month do not find them.")
_BLOCK = "They block making the month's partition, and pruning and retention by month pass them by."
# By the code of the finding: what is to be done with such rows, and what they mean.
_KINDS = {
    "key_null": _WRONG,
    "key_wrong": _WRONG,
    "month_far": (
        "decide: no partition is made for such a month",
        "Most often a wrong clock or a typing error wrote them.",
    ),
    "name_taken": ("rename the table that has the name of their month's partition", _BLOCK),
    "no_partition": ("make the partition of their month and move them there", _BLOCK),
}


def run(session: Session, context: Context) -> CheckResult:
    """Which rows landed in a DEFAULT partition, and which month do they belong to?

    Tables: `strays`, one row per table, month of the key and month of the clock, with the `cause`
    and what is to be done with such rows, `action`, in words.
    `capped` where counting stopped at 100,000, older and recent rows apart.
    """
    layout = observe(session, context)
    strays: list[Row] = []
    repair_triggers.observe(session, context)

    def look(guard: Guard) -> list[Finding]:
        own = rows_of(guard.table, layout)
        default = next((row["relation"] for row in own if row["is_default"]), None)
        if default is None:
            return [_no_default(guard, own)]
        parts = ranges(own)
        values = {**_edges(parts), "since": context.since}
        rows = session.rows("checks/default_partition_rows", names(guard), **values)
        bounds = [(part.low, part.high) for part in parts]
        known = {row["key_month"] for row in rows} - {None}
        months = wanted(known, bounds, context.period(guard), guard.parts)
        named = namesakes(session, context, guard, own, months)
        near = {month: named.get(month) for month in months}
        found = [(row, _cause(guard, row, parts, default, near, context)) for row in rows]
        for row, cause in found:
            action = _KINDS[cause.code][0]
            strays.append({"table": guard.table, **row, "cause": cause.words, "action": action})
        if found:
            return [_stray_finding(guard, default, row, cause) for row, cause in found]
        empty = holds(guard.relation, f"the DEFAULT partition of {guard.relation} is empty")
        return [row_visibility.unseen(context, guard) or empty]

    findings = each((guard for guard in context.guards if guard.partitioned), look)
    total = sum(row["rows"] for row in strays)
    capped = any(row["capped"] for row in strays)
    words = f"{or_more(total, capped=capped)} in a DEFAULT partition"
    summary = observed(words, findings, seen=total > 0)
    return CheckResult(CHECK.name, findings, summary, {"strays": tuple(strays)})


def _no_default(guard: Guard, own: list[Row]) -> Finding:
    if not own:
        return table_missing(guard, Status.UNKNOWN)
    name = guard.relation
    if own[0]["kind"] != "p":
        return note(name, "not_partitioned", "", f"{name} has no partitions at all")
    words = "has no DEFAULT partition"
    detail = f"{name} {words}: rows of a missing month are refused"
    return note(name, "no_default", f"{guard.table} {words}", detail)


def _edges(parts: list[Range]) -> dict[str, Any]:
    """The gaps between the bounds: what lies there is in DEFAULT."""
    edges = gaps(parts)
    return {"lows": [bound(low) for low, _ in edges], "highs": [bound(high) for _, high in edges]}


class _Cause(NamedTuple):
    """Why are rows there, and what repairs that? `short` says in a headline which rows they are."""

    code: str
    words: str
    short: str
    remedy: Remedies


def _stray_finding(guard: Guard, default: str, row: Row, cause: _Cause) -> Finding:
    far = cause.code == "month_far"  # a clock that is ahead does not show that rows come in now
    recent_rows = 0 if far else row["recent_rows"]
    recent = f", {number(recent_rows)} of them recent" if recent_rows else ""
    rows, capped = row["rows"], row["capped"]
    headline = f"{unqualified(default)} holds {at_least(rows, capped=capped)} {cause.short}"
    detail = (
        f"the DEFAULT partition of {guard.relation} holds {or_more(rows, capped=capped)} "
        f"{cause.words}{recent} ({span_words(row['first_seen'], row['last_seen'])})"
    )
    judge, means = critical if recent_rows else warning, _KINDS[cause.code][1]
    return judge(guard.relation, cause.code, headline, detail, cause.remedy, means)


def _cause(
    guard: Guard,
    row: Row,
    parts: list[Range],
    default: str,
    near: Mapping[date, Namesake | None],
    context: Context,
) -> _Cause:
    """Why are they there, and what repairs that?

    `near` are the months that get a partition, with what stands under its name, if anything.

    A key taken from another table is judged by its own month alone: the row's clock may rightly
    lie in the next one. Else the month of the clock is the only right key.
    """
    key, clock = row["key_month"], row["clock_month"]
    repair = repairs.repair_or_decide(guard, repair_triggers.repair(context, guard))
    if key is None:
        return _Cause("key_null", "with a null key", "with a null key", repair)
    periods = guard.parts
    of = f"of {periods.words(key)}"
    if covers(parts, key, periods) if guard.reference else key != clock:
        though = f" and the clock of {periods.words(clock)}" if clock and key != clock else ""
        return _Cause("key_wrong", f"with the key {of}{though}", "with a wrong key", repair)
    if key not in near:
        ahead = key > context.period(guard)
        other = f"from every other {periods.noun}"
        far, most = ("ahead", AHEAD) if ahead else (other, APART[periods.every])
        words = f"{of}, too far {far} (over {plural(most, periods.noun)}) for a partition"
        remedy = moving.decide_far_rows(guard, key, default, ahead=ahead)
        return _Cause("month_far", words, of, remedy)
    words, taken = f"{of}, which has no partition", near[key]
    if taken is not None and not taken.detached:
        return _Cause("name_taken", words, of, taken.remedy(guard, key, default))
    return _Cause("no_partition", words, of, moving.move_default_rows(guard, key, default))


def _by_hand(context: Context, report: Report | None) -> list[Query]:
    """Nothing where the bounds are not known."""
    parts = partition_coverage.CHECK.of(report).tables.get("partitions", ()) if report else ()
    tables = [(guard, rows_of(guard.table, parts)) for guard in context.guards]
    return [
        ("checks/default_partition_rows", names(guard), {**_edges(ranges(own)), **window(context)})
        for guard, own in tables
        if any(row["is_default"] for row in own)
    ]


CHECK = Check(
    name="default_partition_rows",
    run=run,
    by_hand=_by_hand,
    places=(Place(Group.PARTITIONS, "DEFAULT rows", 3),),
    steps=("rows-pile-up-in-default", "months-are-covered", "make-partitions"),
    cause="Their month had no partition when they came, or the key is wrong.",
    reads=(r"the DEFAULT partition of \S{1,200} holds",),
    counts_rows=True,
    asked_of_windows=True,
    follows=True,
)
