"""Does every month have its partition, in both tables, and is the next one ready?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date, timedelta

from lib.checks.check import Check, Group, Place
from lib.checks.parameters import lists, of_catalogs
from lib.checks.partition_bounds import Range, covers, ends, ranges
from lib.checks.sub_partitions import Hole, hole
from lib.checks.table_shapes import odd_kind, shape_fault, unread_bound
from lib.core.context import Context, rows_of
from lib.core.declaration import one_noun
from lib.core.errors import QueryFailed
from lib.core.findings import critical, holds, judged, note, unknown
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, advice, by_hand, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import unqualified
from lib.db.database import Session, once
from lib.db.sql import remark
from lib.remedies import locks, remedies
from lib.remedies.horizon import shown
from lib.remedies.missing import MEANS_MISSING, Namesake, missing_months, severity


def observe(session: Session, context: Context) -> tuple[Row, ...]:
    """The guarded tables and their partitions, as sql/checks/partition_coverage.sql has them.

    With `low` and `high` of each, the days from which on and before which it takes keys (as
    `Periods.bound` has them; null where they are not understood), and in the order of these.
    Read once a run: four checks ask, and all speak of the same partitions.
    """
    if (known := context.kept.get("partitions")) is None:
        rows = once(session, context, "checks/partition_coverage", **lists(context))
        known = context.kept["partitions"] = _bounded(rows, context)
    return known


def _bounded(rows: Iterable[Row], context: Context) -> tuple[Row, ...]:
    found = list[Row]()
    for guard in context.guards:
        own = list[Row]()
        for row in rows_of(guard.table, rows):
            low, high = ends(guard.parts, row["bound"] or "") or (None, None)
            own.append({**row, "low": low, "high": high})
        found += sorted(own, key=lambda row: (row["depth"], row["low"] or date.max))
    return tuple(found)


def run(session: Session, context: Context) -> CheckResult:
    """Which months have a partition, by the real bounds and never by the name?

    Tables: `months` (table, month, state, relation, status) and `partitions` (a row a relation).
    Source: PostgreSQL manual, "Table Partitioning".
    """
    rows = observe(session, context)
    findings: list[Finding] = []
    months: list[Row] = []
    for guard in (guard for guard in context.guards if guard.partitioned):
        own = rows_of(guard.table, rows)
        missing = [] if shape_fault(guard, own) else _missing(guard, ranges(own), context)
        named = namesakes(session, context, guard, own, missing)
        findings += judge_table(guard, own, context, named)
        months += _months(guard, own, context)
    unseen = ("strategy", "partition_key")
    partitions = tuple({key: row[key] for key in row if key not in unseen} for row in rows)
    tables = {"months": tuple(months), "partitions": partitions}
    return CheckResult(CHECK.name, tuple(findings), _summary(context, months, findings), tables)


def covered(context: Context, guard: Guard, month: date) -> bool | None:
    """Has this month a partition that takes its rows, as this run saw it? None where it did not."""
    result = CHECK.seen(context)
    rows = result.tables.get("months", ()) if result else ()
    states = {row["month"]: row["state"] for row in rows if row["table"] == guard.table}
    return states.get(month) in ("present", "future") if states else None


def look_alikes(session: Session, context: Context) -> tuple[Row, ...]:
    """What is named or shaped like a partition and is none of its table? Read once a run.

    As sql/checks/unattached_partitions.sql has it, with the `month` of the name, or null.
    """
    if (known := context.kept.get("look-alikes")) is not None:
        return known
    rows = once(session, context, "checks/unattached_partitions", **lists(context))
    periods = {guard.table: guard.parts for guard in context.guards}
    told = [{**row, "month": periods[row["table_name"]].called(row["ending"])} for row in rows]
    found = tuple(row for row in told if row["month"] or (row["same_columns"] and not row["taken"]))
    return context.kept.setdefault("look-alikes", found)


def namesakes(
    session: Session, context: Context, guard: Guard, rows: list[Row], missing: Collection[date]
) -> Mapping[date, Namesake]:
    """What stands under the name of a month that is missing? By month."""
    by_name, found = {row["relation"]: row for row in rows}, dict[date, Namesake]()
    if not missing:
        return found
    for month in missing:
        if row := by_name.get(remedies.partition_of(guard, month)):
            held = "holds other months" if row["low"] else "is bound otherwise"
            held = "is half detached" if row["detach_pending"] else held
            found[month] = Namesake(row["relation"], detached=False, held=held)
    with suppress(QueryFailed):  # unattached_partitions says why
        for row in rows_of(guard.table, look_alikes(session, context)):
            own = row["same_columns"] and not (row["part_of"] or row["taken"])
            if row["month"] is not None:
                found[row["month"]] = Namesake(row["relation"], own, row["part_of"])
    return found


def judge_table(
    guard: Guard,
    rows: list[Row],
    context: Context,
    namesakes: Mapping[date, Namesake] | None = None,
) -> list[Finding]:
    """What holds for one table's partitions? `namesakes` are named like one, by month."""
    shape = shape_fault(guard, rows)
    if shape is not None:
        return [shape]
    parts = ranges(rows)
    findings = missing_months(
        guard, _missing(guard, parts, context), rows, context, namesakes or {}
    )
    findings += [_half_detached(guard, row["relation"]) for row in rows if row["detach_pending"]]
    findings += filter(None, (*map(unread_bound, rows), *map(odd_kind, rows[1:])))
    for part in parts:
        months = filter(part.takes, _span(guard, [part], context))
        found = [_refused(guard, rows, part, month, context) for month in months]
        findings += sorted(filter(None, found), key=lambda finding: -finding.status)[:1]
    return findings or [_all_present(guard, parts)]


def _half_detached(guard: Guard, relation: str) -> Finding:
    headline = f"{unqualified(relation)} is half detached"
    detail = f"{relation} is half detached (DETACH CONCURRENTLY was cut off)"
    sql = f"alter table {guard.relation} detach partition {relation} finalize;"
    remedy = statements(sql, lock=locks.FINALIZES, undo=remedies.PLACED)
    return critical(relation, "detach_pending", headline, detail, remedy)


def _refused(
    guard: Guard, rows: list[Row], part: Range, month: date, context: Context
) -> Finding | None:
    """Does this partition refuse, or may it refuse, rows of a month that its bounds take?"""
    found = _hole(guard, rows, part, month)
    if found is None or (found.dated and month > context.next_period(guard)):
        return None
    name, short = found.relation, unqualified(found.relation)
    if any(row["relation"] == name and not row["children"] for row in rows):
        return None  # said of its kind already
    of = guard.parts.words(month)
    detail = f"{name} {found.words} ({of})"
    if found.status is Status.UNKNOWN:
        sql = f"create table … partition of {remark(name)} default;"
        remedy = by_hand("a DEFAULT proves it", sql, comment=True, choices=BY_HAND)
        return unknown(name, "leaf_unproven", f"{short} may refuse some rows", detail, remedy)
    headline, detail = f"{short} refuses rows of {of}", f"{detail}: those are refused"
    remedy = advice(f"give {remark(name)} the partition that it lacks, or attach it again")
    status = max(Status.WARNING, severity(guard, month, context))
    return judged(status, name, "leaf_missing", headline, detail, remedy, MEANS_MISSING)


def _hole(guard: Guard, rows: list[Row], part: Range, month: date) -> Hole | None:
    """Is there a hole in the partition that takes this month?"""
    row = next(row for row in rows if row["relation"] == part.relation)
    return hole(row, rows, guard.key, month)


def _all_present(guard: Guard, parts: list[Range]) -> Finding:
    """Up to where is there no gap, and which partition stands apart beyond the first one?"""
    first, last, words = parts[0].low, date.min, guard.parts.words
    apart: list[Range] = []
    for part in parts:
        if part.low > last > date.min:
            apart.append(part)
        else:
            last = max(last, part.high)
    since = "" if first.year == 1 else f" from {words(guard.parts.start(first))}"
    end = "" if last.year >= 9000 else words(guard.parts.start(last - timedelta(days=1)))
    until = f"through {end}" if end else "for ever"
    detail = f"{guard.relation} has a partition for every {guard.parts.noun}{since} {until}"
    if not apart:
        return holds(guard.relation, detail)
    name, more = apart[0].relation, f", with {len(apart) - 1} more" * bool(apart[1:])
    headline = f"{unqualified(name)} stands apart from the other partitions"
    detail = f"{detail}; {name} stands apart ({words(guard.parts.start(apart[0].low))}){more}"
    return note(guard.relation, "partition_apart", headline, detail)


def _missing(guard: Guard, parts: list[Range], context: Context) -> list[date]:
    """Which months up to the next have no partition? This and the next are always asked."""
    last = context.next_period(guard)
    asked = {*_span(guard, parts, context), context.period(guard), last}
    return sorted(each for each in asked if each <= last and not covers(parts, each, guard.parts))


def _span(guard: Guard, parts: list[Range], context: Context) -> list[date]:
    """Which months must or may be shown?"""
    bounds = [(part.low, part.high) for part in parts]
    return shown(bounds, context.period(guard), guard.parts)


def _months(guard: Guard, rows: list[Row], context: Context) -> list[Row]:
    """One row per month for the coverage chart: present, future, missing or default only.

    `status` says in a word how bad it is that nothing takes the month's rows.
    """
    if not rows or rows[0]["kind"] != "p":
        return []
    months: list[Row] = []
    parts = ranges(rows)
    without = "default only" if any(row["is_default"] for row in rows) else "missing"
    for month in _span(guard, parts, context):
        part = next((part for part in parts if part.takes(month)), None)
        found = _hole(guard, rows, part, month) if part else None
        whole = part and covers(parts, month, guard.parts)
        filled = whole and not (found and found.status is Status.CRITICAL)
        there = "future" if month > context.period(guard) else "present"
        months.append(
            {
                "table": guard.table,
                "month": month,
                "state": there if filled else "missing" if whole else without,
                "relation": part.relation if part else "",
                "status": (Status.OK if filled else severity(guard, month, context)).word,
            }
        )
    return months


def _summary(context: Context, months: list[Row], findings: list[Finding]) -> str:
    if not months:
        return findings[0].detail if findings else "No guarded table is partitioned"
    tables: dict[str, dict[date, bool]] = {}
    last = {guard.table: context.next_period(guard) for guard in context.guards}
    for row in months:
        there = row["state"] in ("present", "future")
        if there or row["month"] <= last[row["table"]]:
            tables.setdefault(row["table"], {})[row["month"]] = there
    known = [each for each in context.guards if each.partitioned]
    bare = [each.relation for each in known if each.table not in tables]
    spans = list(tables.values())
    named = [(tables[each.table], f" of {each.relation}") for each in known if each.table in tables]
    if all(span.keys() == spans[0].keys() for span in spans):
        spans = [{month: all(span[month] for span in spans) for month in spans[0]}]
        named = [(spans[0], "")]  # else a month of one table alone says nothing of the other
    noun = one_noun(known)
    words = " and ".join(f"{sum(s.values())} of {len(s)} {noun}s{whose}" for s, whose in named)
    missing = sum(not there for span in spans for there in span.values())
    words = f"{words} are covered" + f", {missing} missing" * bool(missing)
    return f"{words}; none of {', '.join(bare)}" if bare else words


CHECK = Check(
    name="partition_coverage",
    run=run,
    by_hand=of_catalogs("partition_coverage"),
    places=(Place(Group.PARTITIONS, "coverage", 1, leads=True),),
    steps=(
        "writes-refused",
        "rows-pile-up-in-default",
        "is-it-the-right-database",
        "months-are-covered",
        "make-partitions",
        "undo-partitions",
    ),
    cause="The maintenance job did not run, or rows in DEFAULT were in its way.",
    reads=(
        r"has no partition for [a-z]{3,12} \d{4}",
        "is half detached",
        "is not partitioned: one plain",
    ),
    means="Months are not kept apart as reports and the maintenance expect.",
    windowed=True,
)
