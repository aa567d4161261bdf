"""Is anything coming in?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lib.checks import row_visibility
from lib.checks.check import Check, Group, Place
from lib.checks.parameters import names, of_rows
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.findings import holds, note, warning
from lib.core.guards import Guard
from lib.core.remedies import advice
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import moment, plural, since_words
from lib.db.database import Session
from lib.remedies.unobserved import each

_EMPTIED = advice("was it emptied on purpose? else a backup has the rows")
_RUNNING = advice("is ingestion running?")


def run(session: Session, context: Context) -> CheckResult:
    """When did the newest row of each table come in? At most a warning.

    Tables: `filled` (table, and when it was last seen with rows, by this run or an earlier one).
    """
    filled: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        values = {"since": context.since, "now": context.now}
        (row,) = session.rows("checks/freshness", names(guard), **values)
        had_rows = context.now if row["any_row"] else _had_rows(session, guard)
        if had_rows is not None:
            filled.append({"table": guard.table, "at": had_rows})
        return [_judge_age(guard, row, context, had_rows)]

    findings = each(context.guards, look)
    stale = [finding.detail for finding in findings if finding.status is not Status.OK]
    empty = all(finding.code == "empty" for finding in findings)
    fine = "Nothing to judge yet" if empty else "Rows are coming in"
    summary = stale[0] if stale else fine
    return CheckResult(CHECK.name, findings, summary, {"filled": tuple(filled)})


def _had_rows(session: Session, guard: Guard) -> datetime | None:
    """When did a verification last see rows in this table? None where the history knows of none."""
    try:
        rows = session.rows("history/filled", table_name=guard.table)
    except QueryFailed:
        return None
    return rows[0]["at"] if rows else None


def _judge_age(
    guard: Guard, row: Row, context: Context, had_rows: datetime | None = None
) -> Finding:
    name, newest = guard.relation, row["newest"]
    if newest is None and (blind := row_visibility.unseen(context, guard)):
        return blind
    if not row["any_row"]:
        if had_rows is None:
            detail = f"{name} is empty: nothing to judge yet"
            return note(name, "empty", f"{guard.table} is empty", detail)
        headline = f"{guard.table} is empty, and had rows before"
        detail = f"{name} is empty, and had rows on {moment(had_rows)}"
        return warning(name, "emptied", headline, detail, _EMPTIED)
    if newest and newest.tzinfo is None:
        newest = newest.replace(tzinfo=UTC)  # key_constraints says what a clock without zone means
    came = f"the newest row of {name} is of {moment(newest)}" if newest else ""
    if not guard.steady:
        none = f"no row came into {name} {since_words(context.since, context.now)}"
        return holds(name, f"{came or none}, which may be right")
    if newest is None:
        how_long = f"for more than {plural(context.window_days, 'day')}"
        return _stopped(guard, f"no row has come into {name} {how_long}", how_long)
    if context.now - newest > timedelta(hours=context.freshness_hours):
        return _stopped(guard, came, f"since {moment(newest)}")
    return holds(name, came)


def _stopped(guard: Guard, detail: str, how_long: str) -> Finding:
    headline = f"no new rows in {guard.table} {how_long}"
    return warning(guard.relation, "no_new_rows", headline, detail, _RUNNING)


CHECK = Check(
    name="freshness",
    run=run,
    by_hand=of_rows("freshness"),
    places=(Place(Group.JOINS, "rows coming in", 4),),
    steps=("numbers-stop", "keys-are-right", "repair-the-writer", "undo-writer"),
    cause="Ingestion stopped, or its writes are refused.",
    reads=(r"warning\W{1,4}the newest row of", "no row has come into", "is empty, and had rows on"),
    means="Nobody wrote, or the writer fails or writes elsewhere.",
    follows=True,
)
