"""Is every month key set?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lib.checks import repair_triggers, row_visibility
from lib.checks.check import Check, Group, Place
from lib.checks.counting import Counting
from lib.checks.key_constraints import columns
from lib.checks.older_rows import MEANS
from lib.checks.parameters import names, of_rows
from lib.core.context import Context, rows_of
from lib.core.findings import critical, holds, note, warning
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import agree, at_least, or_more, span_of
from lib.db.database import Session
from lib.remedies import repairs
from lib.remedies.unobserved import each


def run(session: Session, context: Context) -> CheckResult:
    """Which rows have no month key, and does a constraint make that impossible?

    Tables: as `Counting` has them; `days` (table, day, rows, recent_rows).
    """
    constraints = columns(session, context)
    repair_triggers.observe(session, context)
    seen = Counting(session, context, CHECK)

    def look(guard: Guard) -> list[Finding]:
        def ask(moment: datetime) -> tuple[Row, ...]:
            return session.rows("checks/null_keys", names(guard), since=moment)

        rows = ask(context.since)
        seen.days.extend({"table": guard.table, **row} for row in rows)
        seen.reaches(guard, "null keys", rows)
        return [
            _judge_nulls(guard, rows, rows_of(guard.table, constraints), context),
            *seen.since(guard, "with a null key", ask, "recent_rows", None),
        ]

    findings = each(context.guards, look)
    total, capped = sum(row["rows"] for row in seen.days), any(row["capped"] for row in seen.days)
    impossible = bool(constraints) and all(map(_impossible, constraints))
    words = "Null keys are impossible by constraint" if impossible else "No null key was seen"
    if total:
        words = f"{or_more(total, capped=capped)} with a null key"
    return seen.result(findings, words, seen=total > 0, count=total, capped=capped)


def _impossible(constraint: Row) -> bool:
    return bool(not constraint["nullable"] and not constraint["unvalidated"])


def _judge_nulls(
    guard: Guard, rows: Sequence[Row], constraints: list[Row], context: Context
) -> Finding:
    name, column = guard.relation, f"{guard.relation}.{guard.key}"
    if rows:
        total, capped = sum(row["rows"] for row in rows), any(row["capped"] for row in rows)
        when = span_of(rows, "first_seen", "last_seen")
        have, counted = agree(total, "have"), or_more(total, capped=capped)
        detail = f"{counted} of {name} {have} a null {guard.key} ({when})"
        rows_of_it = f"{at_least(total, capped=capped)} of {guard.table}"
        headline = f"{rows_of_it} {have} a null {guard.key_noun}"
        repair = repairs.repair_or_decide(guard, repair_triggers.repair(context, guard))
        judge = critical if any(row["recent_rows"] for row in rows) else warning
        return judge(name, "key_null", headline, detail, repair, MEANS)
    if constraints and _impossible(constraints[0]):
        words = f"{column} is NOT NULL on the table and every partition"
        return holds(name, f"no null {guard.key}: {words}")
    if blind := row_visibility.unseen(context, guard):
        return blind
    none = f"no row has a null {guard.key} now"
    if constraints and not constraints[0]["nullable"]:
        headline = f"the NOT NULL on the key of {guard.table} is not validated"
        return note(
            name, "not_validated", headline, f"{none}; the NOT NULL on {column} is not validated"
        )
    headline = f"no constraint forbids a null {guard.key_noun} in {guard.table}"
    detail = f"{none}, but no constraint forbids it: {column} is nullable"
    return note(name, "nulls_allowed", headline, detail)


CHECK = Check(
    name="null_keys",
    run=run,
    by_hand=of_rows("null_keys"),
    places=(Place(Group.KEYS, "null keys", 2, leads=True),),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys"),
    cause="They came while the guard was gone, and no constraint forbade it.",
    reads=(r"ha(?:ve|s) a null \w",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
