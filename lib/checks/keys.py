"""Is every month key set, and the right one?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from lib.checks import remedies
from lib.checks.accepted import settle
from lib.checks.context import Context, each, reason, remedy_for, rows_of
from lib.checks.partitions import Range, observe, ranges
from lib.checks.radius import blast, since_then
from lib.checks.wording import (
    months_words,
    number,
    observed,
    rows_word,
    share,
    since_words,
    span_of,
    span_words,
)
from lib.database import Session
from lib.errors import QueryFailed
from lib.guards import Guard
from lib.results import CheckResult, Finding, Row, Status

# What sql/checks/null_keys.sql counts at most, and the history queries a partition and side.
_MOST_NULLS = 100_000
MOST_OLDER = 1_000
_FEW_DAYS = 4

_MEANS = "A join on the month key does not find these rows; reports count too few."


def names(guard: Guard) -> dict[str, str]:
    """The identifiers that the row checks' SQL takes."""
    return {
        "schema": guard.schema,
        "table": guard.table,
        "key": guard.key,
        "clock": guard.clock,
        "id": guard.id,
    }


def null_keys(session: Session, context: Context) -> CheckResult:
    """Which rows have no month key, and does a constraint make that impossible?

    Tables: `days` (table, day, rows, recent_rows), `constraints` (one row per table), `radius`,
    `since`.
    """
    with session.reading() as transaction:
        constraints = transaction.rows(
            "checks/null_keys_constraint",
            schemas=context.schemas,
            tables=context.tables,
            keys=[guard.key for guard in context.guards],
        )
    days: list[Row] = []
    radius: list[Row] = []
    since: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        with session.reading() as transaction:
            rows = transaction.rows("checks/null_keys", names(guard), since=context.since)
            later: tuple[Row, ...] = ()
            if context.after is not None:
                later = transaction.rows("checks/null_keys", names(guard), since=context.after)
        days.extend({"table": guard.table, **row} for row in rows)
        radius.extend(blast(guard, "null keys", rows, "rows", ("first_seen", "last_seen")))
        return [
            _judge_nulls(guard, rows, rows_of(guard.table, constraints), context),
            *since_then(guard, "with a null key", later, "recent_rows", None, context, since),
        ]

    findings = settle(session, "null_keys", each(context.guards, look), radius, _MOST_NULLS)
    total = sum(row["rows"] for row in days)
    impossible = bool(constraints) and all(_impossible(row) for row in constraints)
    words = "Null keys are impossible by constraint" if impossible else "No null key was seen"
    if total:
        capped = any(_capped(_of_table(days, guard)) for guard in context.guards)
        words = f"{rows_word(total)}{' or more' if capped else ''} with a null key"
    summary = observed(words, findings, seen=total > 0)
    tables = {
        "days": tuple(days),
        "constraints": constraints,
        "radius": tuple(radius),
        "since": tuple(since),
    }
    return CheckResult("null_keys", findings, summary, tables)


def _of_table(days: list[Row], guard: Guard) -> list[Row]:
    """Which of these days are of this table?"""
    return [day for day in days if day["table"] == guard.table]


def _capped(days: Sequence[Row]) -> bool:
    """Was counting stopped, of the recent rows or of the older ones?"""
    recent = sum(day["recent_rows"] for day in days)
    older = sum(day["rows"] for day in days) - recent
    return bool(max(recent, older) >= _MOST_NULLS)


def _impossible(constraint: Row) -> bool:
    return bool(constraint["nullable"] == 0 and constraint["unvalidated"] == 0)


def _judge_nulls(
    guard: Guard, rows: tuple[Row, ...], constraints: list[Row], context: Context
) -> Finding:
    column = f"{guard.relation}.{guard.key}"
    if rows:
        total = sum(row["rows"] for row in rows)
        recent = sum(row["recent_rows"] for row in rows)
        when = span_words(rows[0]["first_seen"], rows[-1]["last_seen"])
        more = " or more" if _capped(rows) else ""
        detail = f"{rows_word(total)}{more} of {guard.relation} have a null {guard.key} ({when})"
        status = Status.CRITICAL if recent else Status.WARNING
        return Finding(guard.relation, status, detail, remedies.repair_keys(guard), _MEANS)
    if constraints and _impossible(constraints[0]):
        detail = f"no null {guard.key}: {column} is NOT NULL on the table and every partition"
        return Finding(guard.relation, Status.OK, detail)
    hidden = context.hidden(guard)
    if hidden:
        return Finding(guard.relation, Status.UNKNOWN, hidden)
    detail = (
        f"no row has a null {guard.key} now, but no constraint forbids it: {column} is nullable"
    )
    if constraints and constraints[0]["nullable"] == 0:
        detail = f"no row has a null {guard.key} now; the NOT NULL on {column} is not validated"
    return Finding(guard.relation, Status.OK, detail)


def wrong_month_sessions(session: Session, context: Context) -> CheckResult:
    """Which rows have a key that is not the first of the month, UTC, of their clock?

    Recent ones exactly; older ones where the clock lies outside the partition's bounds.
    Tables: `days` (table, day, rows, null_keys, wrong_keys), `history` (table, low, high, rows),
    `radius` (table, fault, rows, first_seen, last_seen, months, samples), `since`.
    """
    own = [guard for guard in context.guards if guard.reference is None]
    layout = observe(session, context)
    days: list[Row] = []
    history: list[Row] = []
    radius: list[Row] = []
    since: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        rows = _recent_days(session, guard, context, radius)
        days.extend({"table": guard.table, **row} for row in rows)
        parts = ranges(rows_of(guard.table, layout))
        return [
            _judge_recent(guard, rows, context),
            *_since(session, guard, context, since),
            *_older(session, guard, parts, context, history, radius),
        ]

    findings = each(own, look)
    findings = settle(session, "wrong_month_sessions", findings, history, MOST_OLDER)
    wrong, total = sum(row["wrong_keys"] for row in days), sum(row["rows"] for row in days)
    words = f"{number(wrong)} wrong of {rows_word(total)} {since_words(context.since, context.now)}"
    summary = observed(words, findings, seen=total > 0)
    tables = {
        "days": tuple(days),
        "history": tuple(history),
        "radius": tuple(radius),
        "since": tuple(since),
    }
    return CheckResult("wrong_month_sessions", findings, summary, tables)


def _recent_days(
    session: Session, guard: Guard, context: Context, radius: list[Row]
) -> tuple[Row, ...]:
    """By day; where some are wrong, how far it reaches, with up to five ids."""
    with session.reading() as transaction:
        rows = transaction.rows("checks/wrong_month_sessions", names(guard), since=context.since)
        if not any(row["wrong_keys"] for row in rows):
            return rows
        samples = transaction.rows(
            "checks/wrong_month_sessions_samples", names(guard), since=context.since
        )
    bad = [
        {**row, "months": row["wrong_months"], "samples": [s["id"] for s in samples]}
        for row in rows
        if row["wrong_keys"]
    ]
    radius += blast(guard, "wrong keys", bad, "wrong_keys", ("first_wrong", "last_wrong"))
    return rows


def _since(session: Session, guard: Guard, context: Context, since: list[Row]) -> list[Finding]:
    if context.after is None:
        return []
    with session.reading() as transaction:
        rows = transaction.rows("checks/wrong_month_sessions", names(guard), since=context.after)
    return since_then(guard, "with a wrong key", rows, "wrong_keys", "rows", context, since)


def _judge_recent(guard: Guard, rows: tuple[Row, ...], context: Context) -> Finding:
    total = sum(row["rows"] for row in rows)
    wrong = sum(row["wrong_keys"] for row in rows)
    nulls = sum(row["null_keys"] for row in rows)
    if wrong:
        return _wrong_finding(guard, rows, wrong, total, context.since)
    hidden = context.hidden(guard)
    if hidden:
        return Finding(guard.relation, Status.UNKNOWN, hidden)
    right = total - nulls
    detail = (
        f"all {number(right)} recent keys of {guard.relation} are the first of their month"
        if right
        else f"{guard.relation} has no rows {since_words(context.since, context.now)} to judge"
    )
    return Finding(guard.relation, Status.OK, detail)


def _wrong_finding(
    guard: Guard, rows: tuple[Row, ...], wrong: int, total: int, since: datetime
) -> Finding:
    bad = [row for row in rows if row["wrong_keys"]]
    months = {month for row in bad for month in row["wrong_months"] if month is not None}
    when = span_words(bad[0]["first_wrong"], bad[-1]["last_wrong"])
    detail = (
        f"{rows_word(wrong)} of {guard.relation} ({share(wrong, total)} of the recent ones) "
        f"carry a wrong {guard.key}: {_keys_words(months)}; written {when}"
    )
    return Finding(
        guard.relation, Status.CRITICAL, detail, remedies.repair_keys(guard, since), _MEANS
    )


def _keys_words(keys: set[date]) -> str:
    """Both kinds, each as it is: those of another month, and those that are of no month."""
    odd = sorted(key for key in keys if key.day != 1)
    right = months_words([key for key in keys if key.day == 1])
    if not odd:
        return right
    days = ", ".join(map(str, odd[:_FEW_DAYS]))
    more = f" and {number(len(odd) - _FEW_DAYS)} more" if len(odd) > _FEW_DAYS else ""
    words = f"{days}{more}, not the first of a month"
    return f"{words}; {right}" if right else words


def _older(
    session: Session,
    guard: Guard,
    parts: list[Range],
    context: Context,
    history: list[Row],
    radius: list[Row],
) -> list[Finding]:
    """Older rows, by the cheap form; a failure here leaves the recent answer standing."""
    if not parts:
        return []
    try:
        rows = history_rows(
            session, "checks/wrong_month_sessions_history", names(guard), parts, context
        )
    except QueryFailed as error:
        detail = f"older rows of {guard.relation}: {reason(error)}"
        return [
            Finding(f"{guard.relation}, older", Status.UNKNOWN, detail, remedy_for(error, guard))
        ]
    history.extend({"table": guard.table, **row} for row in rows)
    radius += blast(guard, "older wrong keys", rows, "rows", ("first_wrong", "last_wrong"))
    count = sum(row["rows"] for row in rows)
    if count == 0:
        return _nothing_older(guard, context)
    detail = (
        f"{rows_word(count)} or more of {guard.relation}, older than {context.window_days} days, "
        f"sit in the partition of another month "
        f"({span_of(rows, 'first_wrong', 'last_wrong')})"
    )
    return [
        Finding(
            f"{guard.relation}, older", Status.WARNING, detail, remedies.repair_keys(guard), _MEANS
        )
    ]


def _nothing_older(guard: Guard, context: Context) -> list[Finding]:
    subject = f"{guard.relation}, older"
    hidden = context.hidden(guard)
    if hidden:
        return [Finding(subject, Status.UNKNOWN, hidden)]
    detail = f"no older row of {guard.relation} sits in the partition of another month"
    return [Finding(subject, Status.OK, detail)]


def history_rows(
    session: Session, name: str, identifiers: dict[str, str], parts: list[Range], context: Context
) -> tuple[Row, ...]:
    """Run a cheap all-history query over these partitions' bounds."""
    closed: list[Any] = [p for p in parts if p.low != date.min and p.high != date.max]
    with session.reading() as transaction:
        transaction.send("set local enable_seqscan = off")
        return transaction.rows(
            name,
            identifiers,
            lows=[part.low for part in closed],
            highs=[part.high for part in closed],
            since=context.since,
        )
