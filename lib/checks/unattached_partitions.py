"""Is anything there that only looks like a partition?"""

from __future__ import annotations

from lib.checks.check import Check, Group, Place
from lib.checks.parameters import of_catalogs
from lib.checks.partition_coverage import covered, look_alikes
from lib.core.context import Context, rows_of
from lib.core.findings import critical, holds, warning
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, advice, by_hand, decision
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import few, sentence, unqualified
from lib.db.database import Session
from lib.db.sql import remark
from lib.remedies import moving, remedies

_MEANS = "Rows in it are in no report that reads the table, and no guard of the table fires for it."


def run(session: Session, context: Context) -> CheckResult:
    """Which tables are named or shaped like a partition of a guarded table and are not attached?

    Bounds decide what a partition takes, never the name: one detached and still named so
    reassures whoever only looks at names.
    Tables: `look_alikes` (table, relation, kind, month of the name or null, same_columns).
    """
    rows = [row for row in look_alikes(session, context) if not row["taken"]]
    findings = [
        judge_look_alike(guard, row, context)
        for guard in context.guards
        for row in rows_of(guard.table, rows)
    ]
    calm = "every table that looks like a partition is one"
    names = [row["relation"] for row in rows]
    summary = f"Like a partition, but not attached: {few(names)}" if names else sentence(calm)
    tables = {"look_alikes": tuple({"table": row["table_name"], **row} for row in rows)}
    findings = findings or [holds("partitions", calm)]
    return CheckResult(CHECK.name, tuple(findings), summary, tables)


def judge_look_alike(guard: Guard, row: Row, context: Context) -> Finding:
    """How bad is it that this table is not attached?"""
    relation, short, month = row["relation"], unqualified(row["relation"]), row["month"]
    how = (
        f"is named like the partition of {guard.parts.words(month)}" if month else "has its columns"
    )
    detail = f"{relation} {how} of {guard.relation} and is not attached"
    headline = f"{short} is not attached to {guard.table}"
    if month is not None:
        code = "partition_unattached"
        low, high = remedies.bounds_of(guard, month)
        remedy = by_hand(
            "attach it if it belongs there; else rename it",
            f"alter table {guard.relation} attach partition {remark(relation)}\n"
            f"  for values from ({low}) to ({high});",
            comment=True,
            choices=BY_HAND,
            attaches=(remark(relation),),
        )
    elif moving.is_copy(guard, short):
        code, headline = "move_cut_off", f"{short} is left over from a move"
        remedy = advice(
            "by its name the copy of a move out of DEFAULT that was cut off: apply the plan, "
            "which ends that move, or drop it where DEFAULT has none of its month: "
            f"{remark(relation)}"
        )
    else:
        code = "look_alike"
        remedy = decision(f"attach it, rename it, or drop it once it is empty: {remark(relation)}")
    # Do rows need it now, or within three days?
    soon = month == context.next_period(guard) and context.late_for_next(guard)
    now = soon or month == context.period(guard)
    if month is None or not now or covered(context, guard, month):
        return warning(relation, code, headline, detail, remedy, _MEANS)
    detail = f"{detail}; no other partition takes that {guard.parts.noun}"
    return critical(relation, code, headline, detail, remedy, _MEANS)


CHECK = Check(
    name="unattached_partitions",
    run=run,
    by_hand=of_catalogs("unattached_partitions"),
    places=(Place(Group.PARTITIONS, "look-alikes", 4),),
    steps=("rows-pile-up-in-default", "months-are-covered", "make-partitions"),
    cause="It was detached, or made by hand and never attached.",
    reads=("is named like the partition of",),
)
