"""Can this role see every row that it judges?"""

from __future__ import annotations

from lib.checks.check import Check, Group, Place
from lib.checks.parameters import columns_read, lists, of_catalogs
from lib.checks.table_shapes import table_missing
from lib.core.context import Context
from lib.core.findings import holds, unknown, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies, decision, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.db.database import Session
from lib.db.sql import literal, quoted, remark
from lib.remedies import locks, remedies

_REMEDY = remedies.run_file(remedies.ROLE_FILE, "grants and policies for the role")
_NOT_JUDGED = "A row there whose key is wrong is lost by joins, and nobody is told."


def run(session: Session, context: Context) -> CheckResult:
    """Does this role see every row of the guarded tables?

    Zero rows seen through row level security are no observation. Only a plain `using (true)`
    policy for the role, or a role that row level security does not bind, proves the view.
    Source: PostgreSQL manual, "Row Security Policies".
    """
    rows = session.rows("checks/row_visibility", **lists(context, "columns"))
    by_table = {row["table_name"]: row for row in rows}
    findings = tuple(_judge_view(guard, by_table.get(guard.table)) for guard in context.guards)
    seen = sum(finding.status is Status.OK for finding in findings)
    summary = f"Every row of {seen} of {len(findings)} tables is visible"
    return CheckResult(CHECK.name, findings, summary)


def hidden(context: Context, guard: Guard) -> str | None:
    """Why might rows of this table be invisible? None when all are proven visible."""
    result = CHECK.seen(context)
    if result is None:
        return "whether every row is visible was not observed"
    own = [found for found in result.failing() if found.subject == guard.relation]
    return own[0].detail if own else None


def unseen(context: Context, guard: Guard, subject: str | None = None) -> Finding | None:
    """That rows might be there and invisible; of the guard's table, where no `subject` is named."""
    if why := hidden(context, guard):
        headline = f"rows of {guard.table} may be hidden"
        return unknown(subject or guard.relation, "rows_hidden", headline, why)
    return None


def _judge_view(guard: Guard, row: Row | None) -> Finding:
    if row is None:
        return table_missing(guard, Status.UNKNOWN)
    name, role, columns = guard.relation, row["role"], row["unreadable"]
    judge, code, means = unknown, "rows_hidden", None
    if not row["schema_usage"]:
        code, words = "schema_closed", f"may not use the schema {guard.schema}"
        detail, headline = f"the role {role} {words}", f"{role} {words}"
    elif columns:
        code, headline = "columns_unreadable", f"{role} may not read every column of {guard.table}"
        detail = f"the role {role} may not read {', '.join(columns)} of {name}"
        if guard.optional:  # it came later than the role
            judge, detail, means = warning, f"{detail}, so its rows are not judged", _NOT_JUDGED
    elif not row["row_security"]:
        return holds(name, f"row level security does not bind the role {role} on {name}")
    elif row["sees_all"]:
        return holds(name, f"a policy shows every row of {name} to the role {role}")
    else:
        hides = "rows of {} may be" if row["filters"] else "every row of {} is"
        headline = f"{hides.format(guard.table)} hidden from {role}"
        detail = blind_words(name, row)
    return judge(name, code, headline, detail, _let_see(guard, row), means)


def _let_see(guard: Guard, row: Row) -> Remedies:
    """What shows every row to this role? The setup file grants to its own role alone."""
    if row["role"] == remedies.ROLE:
        if not set(row["filters"]) - {f"{remedies.ROLE}_reads"}:
            return _REMEDY
        # No grant takes a restrictive policy away, and it may be there for a reason.
        return decision(
            f"take the role {remark(row['role'])} out of the policies that hide rows:",
            "select policyname, roles, qual from pg_policies\n"
            f"where schemaname = {literal(guard.schema)} and tablename = {literal(guard.table)}\n"
            "  and permissive = 'RESTRICTIVE';",
        )
    role, policy = quoted(row["role"]), quoted(f"{row['role']}_reads")
    schema, table = quoted(guard.schema), f"{quoted(guard.schema)}.{quoted(guard.table)}"
    columns = ", ".join(map(quoted, [*columns_read(guard), "tableoid"]))
    rights = [(f"usage on schema {schema}", role), (f"select ({columns}) on {table}", role)]
    lines = [
        f"-- connect as {remedies.ROLE}, which {remedies.ROLE_FILE} sets up, or let"
        f" {remark(row['role'])} see:",
        *(f"grant {right} to {whom};" for right, whom in rights),
    ]
    if row["row_security"]:
        lines += [
            f"drop policy if exists {policy} on {table};",
            f"create policy {policy} on {table} for select to {role} using (true);",
        ]
    if row["filters"]:
        names = remark(", ".join(row["filters"]))
        lines.append(f"-- a restrictive policy goes on hiding rows; take the role out of: {names}")
    return statements("\n".join(lines), lock=locks.NONE, undo=remedies.revokes(rights))


def blind_words(name: str, row: Row) -> str:
    """Why may policies keep rows of this table from this role, in a clause for people?"""
    role, filters = f"the role {row['role']}", ", ".join(row["filters"])
    if filters:
        return f"row level security may hide rows of {name} from {role} ({filters})"
    return f"row level security hides every row of {name} from {role}: no policy"


CHECK = Check(
    name="row_visibility",
    run=run,
    by_hand=of_catalogs("row_visibility", "columns"),
    places=(Place(Group.JOINS, "rows visible", 3),),
    steps=("numbers-stop", "see-every-row", "let-the-role-see", "undo-rights"),
    cause="The role lacks a grant or a policy, which hides rows without an error.",
    reads=("row level security (?:hides|may hide)", r"may not read [\w, ]{1,120} of"),
    asked_of_windows=True,
)
