"""Can this role see what it judges, and is anything coming in?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.wording import moment, since_words
from lib.db.database import Session
from lib.db.sql import literal, quoted, remark
from lib.remedies import remedies
from lib.remedies.unobserved import each

_REMEDY = remedies.run_file(remedies.ROLE_FILE, "grants and policies for the role")


def row_visibility(session: Session, context: Context) -> CheckResult:
    """Does this role see every row of the guarded tables?

    Zero rows seen through row level security are no observation. Only a plain `using (true)`
    policy for the role, or a role that row level security does not bind, proves the view.
    Source: PostgreSQL manual, "Row Security Policies".
    """
    with session.reading() as transaction:
        rows = transaction.rows(
            "checks/row_visibility",
            schemas=context.schemas,
            tables=context.tables,
            columns=[",".join(_columns(guard)) for guard in context.guards],
        )
    by_table = {row["table_name"]: row for row in rows}
    findings = tuple(_judge_view(guard, by_table.get(guard.table)) for guard in context.guards)
    seen = sum(finding.status is Status.OK for finding in findings)
    summary = f"Every row of {seen} of {len(findings)} tables is visible"
    return CheckResult("row_visibility", findings, summary)


def _columns(guard: Guard) -> list[str]:
    reference = [guard.reference.column] if guard.reference else []
    return [guard.id, guard.key, guard.clock, *reference]


def _judge_view(guard: Guard, row: Row | None) -> Finding:
    name = guard.relation
    if row is None:
        return Finding(name, Status.UNKNOWN, f"{name} does not exist")
    if not row["schema_usage"]:
        detail = f"the role {row['role']} may not use the schema {guard.schema}"
        return Finding(name, Status.UNKNOWN, detail, _let_see(guard, row))
    if row["unreadable"]:
        columns = ", ".join(row["unreadable"])
        detail = f"the role {row['role']} may not read {columns} of {name}"
        if guard.optional:  # it came later than the role
            detail, means = f"{detail}, so its rows are not judged", _NOT_JUDGED
            return Finding(name, Status.WARNING, detail, _let_see(guard, row), means)
        return Finding(name, Status.UNKNOWN, detail, _let_see(guard, row))
    if not row["row_security"]:
        detail = f"row level security does not bind the role {row['role']} on {name}"
        return Finding(name, Status.OK, detail)
    if row["sees_all"]:
        detail = f"a policy shows every row of {name} to the role {row['role']}"
        return Finding(name, Status.OK, detail)
    return Finding(name, Status.UNKNOWN, blind_words(name, row), _let_see(guard, row))


def _let_see(guard: Guard, row: Row) -> str:
    """What shows every row to this role? The setup file grants to its own role alone."""
    if row["role"] == remedies.ROLE:
        others = set(row["filters"]) - {f"{remedies.ROLE}_reads"}
        return _restricted(guard, row) if others else _REMEDY
    role, policy = quoted(row["role"]), quoted(f"{row['role']}_reads")
    schema, table = quoted(guard.schema), f"{quoted(guard.schema)}.{quoted(guard.table)}"
    columns = ", ".join(map(quoted, [*_columns(guard), "tableoid"]))
    lines = [
        f"-- connect as {remedies.ROLE}, which {remedies.ROLE_FILE} sets up, or let"
        f" {remark(row['role'])} see:",
        f"grant usage on schema {schema} to {role};",
        f"grant select ({columns}) on {table} to {role};",
    ]
    if row["row_security"]:
        lines += [
            f"drop policy if exists {policy} on {table};",
            f"create policy {policy} on {table} for select to {role} using (true);",
        ]
    if row["filters"]:
        names = remark(", ".join(row["filters"]))
        lines.append(f"-- a restrictive policy goes on hiding rows; take the role out of: {names}")
    return "\n".join(lines)


def _restricted(guard: Guard, row: Row) -> str:
    """No grant takes a restrictive policy away, and it may be there for a reason."""
    return (
        f"-- a decision: take the role {remark(row['role'])} out of the policies that hide rows:\n"
        "select policyname, roles, qual from pg_policies\n"
        f"where schemaname = {literal(guard.schema)} and tablename = {literal(guard.table)}\n"
        "  and permissive = 'RESTRICTIVE';"
    )


def blind_words(name: str, row: Row) -> str:
    """Why may policies keep rows of this table from this role, in a clause for people?"""
    if row["filters"]:
        policies = ", ".join(row["filters"])
        return (
            f"row level security may hide rows of {name} from the role {row['role']} ({policies})"
        )
    return f"row level security hides every row of {name} from the role {row['role']}: no policy"


_NOT_JUDGED = "A row there whose key is wrong is lost by joins, and nobody is told."
_EMPTY = "empty: nothing to judge yet"
_EMPTIED = "-- was it emptied on purpose? else a backup has the rows"


def freshness(session: Session, context: Context) -> CheckResult:
    """When did the newest row of each table come in? At most a warning.

    Tables: `filled` (table, and when it was last seen with rows, by this run or an earlier one).
    """
    filled: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        with session.reading() as transaction:
            (row,) = transaction.rows(
                "checks/freshness",
                {"schema": guard.schema, "table": guard.table, "clock": guard.clock},
                since=context.since,
                now=context.now,
            )
        had_rows = context.now if row["any_row"] else _had_rows(session, guard)
        if had_rows is not None:
            filled.append({"table": guard.table, "at": had_rows})
        return [_judge_age(guard, row, context, had_rows)]

    findings = each(context.guards, look)
    stale = [finding for finding in findings if finding.status is not Status.OK]
    empty = [finding for finding in findings if finding.detail.endswith(_EMPTY)]
    fine = "Nothing to judge yet" if len(empty) == len(findings) else "Rows are coming in"
    summary = stale[0].detail if stale else fine
    return CheckResult("freshness", findings, summary, {"filled": tuple(filled)})


def _had_rows(session: Session, guard: Guard) -> datetime | None:
    """When did a verification last see rows in this table? None where the history knows of none."""
    try:
        with session.reading() as transaction:
            rows = transaction.rows("history/filled", table_name=guard.table)
    except QueryFailed:
        return None
    return rows[0]["at"] if rows else None


def _judge_age(
    guard: Guard, row: Row, context: Context, had_rows: datetime | None = None
) -> Finding:
    name = guard.relation
    hidden = context.hidden(guard)
    if row["newest"] is None and hidden:
        return Finding(name, Status.UNKNOWN, hidden)
    if not row["any_row"]:
        if had_rows is None:
            return Finding(name, Status.OK, f"{name} is {_EMPTY}")
        detail = f"{name} is empty, and had rows on {moment(had_rows)}"
        return Finding(name, Status.WARNING, detail, _EMPTIED)
    if not guard.steady:
        last = f"no row came into {name} {since_words(context.since, context.now)}"
        if row["newest"] is not None:
            last = f"the newest row of {name} is of {moment(row['newest'])}"
        return Finding(name, Status.OK, f"{last}, which may be right")
    if row["newest"] is None:
        detail = f"no row has come into {name} for more than {context.window_days} days"
        return Finding(name, Status.WARNING, detail, "-- is ingestion running?")
    newest = row["newest"]
    if newest.tzinfo is None:
        newest = newest.replace(tzinfo=UTC)  # key_constraints says what a clock without zone means
    age = context.now - newest
    if age > timedelta(hours=context.freshness_hours):
        detail = f"the newest row of {name} is of {moment(newest)}"
        return Finding(name, Status.WARNING, detail, "-- is ingestion running?")
    return Finding(name, Status.OK, f"the newest row of {name} is of {moment(newest)}")
