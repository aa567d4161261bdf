"""Is every month key set?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lib.checks import repair_triggers, row_visibility
from lib.checks.accepted import settle
from lib.checks.check import Check, Group, Place
from lib.checks.key_constraints import columns
from lib.checks.parameters import names, of_rows
from lib.checks.reach import blast, since_then
from lib.core.context import Context, rows_of
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import at_least, observed, rows_word, span_of
from lib.db.database import Session
from lib.remedies import repairs
from lib.remedies.unobserved import each

_MOST_NULLS = 100_000  # what sql/checks/null_keys.sql counts at most

MEANS = "A join on the month key does not find these rows; reports count too few."


def run(session: Session, context: Context) -> CheckResult:
    """Which rows have no month key, and does a constraint make that impossible?

    Tables: `days` (table, day, rows, recent_rows), `constraints` (one row per table), `radius`,
    `since`.
    """
    constraints = columns(session, context)
    repair_triggers.observe(session, context)
    days: list[Row] = []
    radius: list[Row] = []
    since: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        rows = session.rows("checks/null_keys", names(guard), since=context.since)
        days.extend({"table": guard.table, **row} for row in rows)
        radius.extend(blast(guard, "null keys", rows, "rows", ("first_seen", "last_seen")))

        def later(moment: datetime) -> tuple[Row, ...]:
            return session.rows("checks/null_keys", names(guard), since=moment)

        return [
            _judge_nulls(guard, rows, rows_of(guard.table, constraints), context),
            *since_then(guard, "with a null key", later, "recent_rows", None, context, since),
        ]

    found = each(context.guards, look)
    counts = [row["rows"] for row in radius]
    most = any(count >= _MOST_NULLS for count in counts)
    findings = settle(session, CHECK, found, sum(counts), capped=most)
    total = sum(row["rows"] for row in days)
    impossible = bool(constraints) and all(_impossible(row) for row in constraints)
    words = "Null keys are impossible by constraint" if impossible else "No null key was seen"
    if total:
        by_table = [[day for day in days if day["table"] == g.table] for g in context.guards]
        capped = any(map(_capped, by_table))
        words = f"{rows_word(total)}{' or more' if capped else ''} with a null key"
    summary = observed(words, findings, seen=total > 0)
    tables = {
        "days": tuple(days),
        "constraints": constraints,
        "radius": tuple(radius),
        "since": tuple(since),
    }
    return CheckResult(CHECK.name, findings, summary, tables)


def _capped(days: Sequence[Row]) -> bool:
    """Was counting stopped, of the recent rows or of the older ones?"""
    recent = sum(day["recent_rows"] for day in days)
    older = sum(day["rows"] for day in days) - recent
    return bool(max(recent, older) >= _MOST_NULLS)


def _impossible(constraint: Row) -> bool:
    return bool(not constraint["nullable"] and not constraint["unvalidated"])


def _judge_nulls(
    guard: Guard, rows: tuple[Row, ...], constraints: list[Row], context: Context
) -> Finding:
    column = f"{guard.relation}.{guard.key}"
    if rows:
        total = sum(row["rows"] for row in rows)
        recent = sum(row["recent_rows"] for row in rows)
        when = span_of(rows, "first_seen", "last_seen")
        more = " or more" if _capped(rows) else ""
        detail = f"{rows_word(total)}{more} of {guard.relation} have a null {guard.key} ({when})"
        status = Status.CRITICAL if recent else Status.WARNING
        repair = repairs.repair_or_decide(guard, repair_triggers.repair(context, guard))
        have = "has" if total == 1 else "have"
        rows_of = f"{at_least(total, capped=bool(more))} of {guard.table}"
        return Finding(
            guard.relation,
            status,
            detail,
            repair,
            MEANS,
            code="key_null",
            headline=f"{rows_of} {have} a null month key",
        )
    if constraints and _impossible(constraints[0]):
        detail = f"no null {guard.key}: {column} is NOT NULL on the table and every partition"
        return Finding(guard.relation, Status.OK, detail, code="holds")
    if hidden := row_visibility.hidden(context, guard):
        return row_visibility.unseen(guard, hidden)
    code, headline = "nulls_allowed", f"no constraint forbids a null month key in {guard.table}"
    detail = (
        f"no row has a null {guard.key} now, but no constraint forbids it: {column} is nullable"
    )
    if constraints and not constraints[0]["nullable"]:
        detail = f"no row has a null {guard.key} now; the NOT NULL on {column} is not validated"
        code, headline = (
            "not_validated",
            f"the NOT NULL on the key of {guard.table} is not validated",
        )
    return Finding(guard.relation, Status.OK, detail, code=code, headline=headline)


CHECK = Check(
    name="null_keys",
    run=run,
    by_hand=of_rows("null_keys"),
    places=(Place(Group.KEYS, "null keys", 2, leads=True),),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys"),
    cause="They came while the guard was gone, and no constraint forbade it.",
    reads=(r"have a null \w",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
