"""Does a guard's function see the rows that it looks for, with the eyes of its owner?"""

from __future__ import annotations

from lib.core.findings import critical, unknown
from lib.core.guards import Guard, Reference
from lib.core.remedies import BY_HAND, Remedies, decision, statements
from lib.core.results import Finding, Row
from lib.db.sql import quoted, remark
from lib.remedies import locks
from lib.remedies.remedies import grants

_MEANS = "It finds no row to take the month from: inserts fail, or keep whatever month was sent."


def blind_owner(guard: Guard, row: Row) -> Finding | None:
    """What hides the other table from a SECURITY DEFINER function, and what shows it again?

    `row` is one of sql/checks/guard_functions.sql. None where nothing does.
    """
    if guard.reference is None or not row["security_definer"] or row["table_owner"] is None:
        return None
    if row["owner_may_read"] and (not row["owner_bound"] or row["owner_sees_all"]):
        return None
    name, table, owner = f"{guard.schema}.{guard.function}()", guard.reference.table, row["owner"]
    parent, fix = f"{guard.schema}.{table}", _remedy(guard, guard.reference, row)
    if row["owner_may_read"] and row["owner_sees_some"]:
        # Which rows a filter lets through cannot be told; guard_behaviour has tried some.
        headline = f"the {guard.noun} guard may not see all of {table}"
        words = f"may not see every row: a policy of {parent} is a filter for its owner, {owner}"
        choice = f"where that filter hides rows from {remark(owner)}, and only there:"
        fix = decision(choice, fix[0].sql, comment=True, choices=BY_HAND)
        return unknown(name, "owner_filtered", headline, f"{name} {words}", fix, _MEANS)
    words = f"row level security hides rows of {parent} from its owner, {owner}"
    if not row["owner_may_read"]:
        words = f"its owner, {owner}, has no right to read {parent}"
    headline = f"the {guard.noun} guard cannot see the rows of {table}"
    detail = f"{name} looks as a blind role: {words}"
    return critical(name, "owner_blind", headline, detail, fix, _MEANS)


def _remedy(guard: Guard, reference: Reference, row: Row) -> Remedies:
    """Somebody else's function goes to the table's owner, who sees it; else that one sees again."""
    owner, schema = row["owner"], quoted(guard.schema)
    table = f"{schema}.{quoted(reference.table)}"
    if owner != row["table_owner"]:
        function = f"{schema}.{quoted(guard.function)}()"
        sql = f"alter function {function} owner to {row['table_owner']};"
        return statements(sql, lock=locks.NONE)
    if not row["owner_may_read"]:
        return grants([(f"usage on schema {schema}", owner), (f"select on {table}", owner)])
    return statements(
        f"alter table {table} no force row level security;",
        lock=locks.NAMED,
        undo=f"alter table {table} force row level security;",
    )
