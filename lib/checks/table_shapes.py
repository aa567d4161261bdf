"""Is a table partitioned by range of its key, into partitions that hold rows like any other?"""

from __future__ import annotations

from lib.core.findings import critical, judged, unknown
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, advice, by_hand
from lib.core.results import Finding, Row, Status
from lib.core.words import unqualified
from lib.db.sql import remark
from lib.remedies.missing import MEANS_MISSING

_REBUILD = advice(
    "make a table that is partitioned as sql/demo/10_tables.sql has it, beside this one, and "
    "move the rows: nothing here does that"
)


def table_missing(guard: Guard, status: Status) -> Finding:
    """That it does not exist, as every check says it that needs it."""
    headline, detail = f"the table {guard.table} does not exist", f"{guard.relation} does not exist"
    return judged(status, guard.relation, "table_missing", headline, detail)


def shape_fault(guard: Guard, rows: list[Row]) -> Finding | None:
    """Is there a table, partitioned by range of its key?"""
    if not rows:
        return table_missing(guard, Status.CRITICAL)
    table = rows[0]
    if (view := view_fault(guard, rows)) is not None:
        return view
    if table["kind"] != "p":
        how = "is not partitioned"
        return _shape(guard, "not_partitioned", how, f"{how}: one plain table holds every month")
    if table["strategy"] != "r" or table["partition_key"] != [guard.key]:
        columns = ", ".join(table["partition_key"]) or "an expression"
        how = {"l": "list", "h": "hash"}.get(table["strategy"], "range")
        words = f"is partitioned by {how} ({columns}), not by range ({guard.key})"
        short = f"is not partitioned by range of {guard.key}"
        return _shape(guard, "partitioned_otherwise", short, words)
    return None


def _shape(guard: Guard, code: str, short: str, words: str) -> Finding:
    headline, detail = f"{guard.table} {short}", f"{guard.relation} {words}"
    return critical(guard.relation, code, headline, detail, _REBUILD)


def view_fault(guard: Guard, rows: list[Row]) -> Finding | None:
    """Does a view stand under the table's name, materialized or not?"""
    if rows[0]["kind"] not in ("v", "m"):
        return None
    words = "is a view, and no table: it has no partitions and takes no guard"
    return _shape(guard, "table_is_view", "is a view, not a table", words)


def unread_bound(row: Row) -> Finding | None:
    """Has it bounds, of a kind that is not understood here?"""
    if row["depth"] != 1 or row["is_default"] or (row["low"] and row["high"]):
        return None
    headline = f"the bounds of {unqualified(row['relation'])} are not understood"
    detail = f"the bounds of {row['relation']} are not understood: {row['bound']}"
    return unknown(row["relation"], "bounds_not_understood", headline, detail)


def odd_kind(row: Row) -> Finding | None:
    """Is this partition one that cannot hold guarded rows like any other?"""
    relation, short = row["relation"], unqualified(row["relation"])
    if row["kind"] == "f":
        headline = f"{short} is a foreign table"
        detail = f"{relation} is a foreign table: what is written on its own server passes no guard"
        means = "Rows in it may carry any key, and no constraint here holds for them."
        remedy = advice("bring its rows into a plain partition, or guard the table it stands for")
        return unknown(relation, "partition_foreign", headline, detail, remedy, means)
    if row["kind"] == "p" and row["children"] == 0:
        headline = f"{short} has no partition to hold its rows"
        detail = f"{relation} is divided further and has no partition of its own: it takes no row"
        lacking = f"create table … partition of {remark(relation)} default;"
        remedy = by_hand("give it a partition", lacking, comment=True, choices=BY_HAND)
        return critical(relation, "partition_without_leaf", headline, detail, remedy, MEANS_MISSING)
    return None
