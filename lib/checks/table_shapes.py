"""Is a table partitioned by range of its key, into partitions that hold rows like any other?"""

from __future__ import annotations

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
    return Finding(
        guard.relation,
        status,
        f"{guard.relation} does not exist",
        code="table_missing",
        headline=f"the table {guard.table} does not exist",
    )


def shape_fault(guard: Guard, rows: list[Row]) -> Finding | None:
    """Is there a table, partitioned by range of its key?"""
    if not rows:
        return table_missing(guard, Status.CRITICAL)
    table = rows[0]
    if (view := view_fault(guard, rows)) is not None:
        return view
    if table["kind"] != "p":
        detail = f"{guard.relation} is not partitioned: one plain table holds every month"
        return _other_shape(guard, detail, "not_partitioned", "is not partitioned")
    if table["strategy"] != "r" or table["partition_key"] != [guard.key]:
        columns = ", ".join(table["partition_key"]) or "an expression"
        how = {"l": "list", "h": "hash"}.get(table["strategy"], "range")
        detail = f"{guard.relation} is partitioned by {how} ({columns}), not by range ({guard.key})"
        words = f"is not partitioned by range of {guard.key}"
        return _other_shape(guard, detail, "partitioned_otherwise", words)
    return None


def _other_shape(guard: Guard, detail: str, code: str, words: str) -> Finding:
    return Finding(
        guard.relation,
        Status.CRITICAL,
        detail,
        _REBUILD,
        code=code,
        headline=f"{guard.table} {words}",
    )


def view_fault(guard: Guard, rows: list[Row]) -> Finding | None:
    """Does a view stand under the table's name, materialized or not?"""
    if rows[0]["kind"] not in ("v", "m"):
        return None
    detail = f"{guard.relation} is a view, and no table: it has no partitions and takes no guard"
    return _other_shape(guard, detail, "table_is_view", "is a view, not a table")


def is_unread(row: Row) -> bool:
    """Has it bounds, of a kind that is not understood here?"""
    bounded = row["depth"] == 1 and not row["is_default"]
    return bounded and (row["low"] is None or row["high"] is None)


def unread_bound(row: Row) -> Finding:
    """What is said of such bounds?"""
    detail = f"the bounds of {row['relation']} are not understood: {row['bound']}"
    return Finding(
        row["relation"],
        Status.UNKNOWN,
        detail,
        code="bounds_not_understood",
        headline=f"the bounds of {unqualified(row['relation'])} are not understood",
    )


def odd_kind(row: Row) -> Finding | None:
    """Is this partition one that cannot hold guarded rows like any other?"""
    relation = row["relation"]
    if row["kind"] == "f":
        detail = f"{relation} is a foreign table: what is written on its own server passes no guard"
        means = "Rows in it may carry any key, and no constraint here holds for them."
        remedy = advice("bring its rows into a plain partition, or guard the table it stands for")
        return Finding(
            relation,
            Status.UNKNOWN,
            detail,
            remedy,
            means,
            code="partition_foreign",
            headline=f"{unqualified(relation)} is a foreign table",
        )
    if row["kind"] == "p" and row["children"] == 0:
        detail = f"{relation} is divided further and has no partition of its own: it takes no row"
        lacking = f"create table … partition of {remark(relation)} default;"
        remedy = by_hand("give it a partition", lacking, comment=True, choices=BY_HAND)
        return Finding(
            relation,
            Status.CRITICAL,
            detail,
            remedy,
            MEANS_MISSING,
            code="partition_without_leaf",
            headline=f"{unqualified(relation)} has no partition to hold its rows",
        )
    return None
