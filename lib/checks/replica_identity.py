"""Is each partition known to logical replication by the same columns as the table above it?"""

from __future__ import annotations

from lib.checks.check import Check, Group, Place
from lib.checks.parameters import lists, of_catalogs
from lib.core.context import Context
from lib.core.findings import alike, holds, note, warning
from lib.core.remedies import BY_HAND, Remedies, decision, statements
from lib.core.results import CheckResult, Finding, Row
from lib.core.steps import Phase, Step
from lib.core.words import agree, few, listed, plural, together
from lib.db.database import Session
from lib.db.sql import quoted, remark
from lib.remedies import locks

_REFUSED = "Updates and deletes of rows there are refused: the row would be known by nothing."
_MORE = "Subscribers get the whole old row from it, and only the key from the other partitions."
_LOST = "A subscriber may not find the row that was updated or deleted, and keeps the old one."


def run(session: Session, context: Context) -> CheckResult:
    """Has each partition the replica identity of the table above it, compared by columns?

    A partition does not inherit it: one that is made later has DEFAULT, the primary key. A row is
    replicated by that of the partition in which it is. Where nobody publishes updates or deletes,
    another one is a note. That a table is missing is said by others.
    Source: PostgreSQL manual, "Replica Identity" and ALTER TABLE, REPLICA IDENTITY.
    """
    rows = session.rows("checks/replica_identity", **lists(context))
    findings, differing = list[Finding](), 0
    for own in alike(rows, lambda row: row["table_name"]):
        above = {row["relation"]: row for row in own}
        odd = [row for row in own[1:] if row["columns"] != above[row["parent"]]["columns"]]
        groups = alike(odd, lambda row: (row["parent"], _words(row), *row["published"]))
        found = [_other(above[group[0]["parent"]], group) for group in groups]
        findings += found or [_same(own)]
        differing += len(odd)
    summary = "Every partition has the replica identity of its table"
    if differing:
        have = agree(differing, "have")
        summary = f"{plural(differing, 'partition')} {have} another replica identity than the table"
    return CheckResult(CHECK.name, tuple(findings), summary)


def _same(rows: list[Row]) -> Finding:
    table, parts = rows[0], len(rows) - 1
    if table["identity"] is None:
        return note(table["relation"], "no_table", "", f"{table['relation']} cannot be published")
    whose = f" and its {plural(parts, 'partition')}" if parts else ""
    detail = f"the replica identity of {table['relation']}{whose} is {_words(table)}"
    return holds(table["relation"], detail)


def _other(above: Row, rows: list[Row]) -> Finding:
    """These partitions differ from the table above them: a note, unless it is published."""
    first, names = rows[0], [row["relation"] for row in rows]
    subject, _, where = together(names, above["relation"], "partition")
    code, headline = "identity_differs", f"the replica identity of {where} differs"
    detail = (
        f"the replica identity of {few(names)} is {_words(first)}, "
        f"and that of {above['relation']} {_words(above)}"
    )
    if not first["published"]:
        detail = f"{detail}; nobody publishes their updates or deletes"
        return note(subject, code, headline, detail)
    publish = "publish" if first["published"][1:] else "publishes"
    detail = f"{detail}; {listed(first['published'])} {publish} their updates or deletes"
    means = _MORE if first["columns"] is None else _LOST
    if first["columns"] == []:
        refuse = "refuse" if names[1:] else "refuses"
        code, headline = "identity_missing", f"{where} {refuse} updates and deletes"
        means = _REFUSED
    return warning(subject, code, headline, detail, _remedy(above, rows), means)


def _remedy(above: Row, rows: list[Row]) -> Remedies:
    """Gives them that of the table above, where it has one that they can have."""
    table, by_index = remark(above["relation"]), above["identity"] == "INDEX"
    if above["columns"] == []:
        return decision(
            f"give {table} a replica identity too, with",
            "alter table … replica identity …, or publish its inserts alone",
            comment=True,
            choices=BY_HAND,
        )
    if rows[0]["columns"] is None:  # FULL is not inherited: whoever wants old rows sets it here
        return decision(
            f"is FULL meant? Then set {table} and its other partitions to it;\n"
            "else set this one back to its table's; then verify again"
        )
    lacking = [remark(row["relation"]) for row in rows if by_index and row["twin"] is None]
    if lacking:
        columns = remark(", ".join(above["columns"]))
        return decision(
            f"first make a unique index of ({columns}) on {lacking[0]}, all NOT NULL,\n"
            "or give its table another identity; then verify again"
        )
    own = above["identity"].lower()
    forms = [(r["relation"], f"using index {quoted(r['twin'])}" if by_index else own) for r in rows]
    sql = [f"alter table {relation} replica identity {form};" for relation, form in forms]
    return statements("\n".join(sql), lock=locks.NAMED)


def _words(row: Row) -> str:
    """DEFAULT (id, created_month); INDEX (id); FULL; NOTHING; DEFAULT without a primary key."""
    if row["columns"]:
        return f"{row['identity']} ({', '.join(row['columns'])})"
    return "DEFAULT without a primary key" if row["identity"] == "DEFAULT" else str(row["identity"])


CHECK = Check(
    name="replica_identity",
    run=run,
    by_hand=of_catalogs("replica_identity"),
    places=(Place(Group.PARTITIONS, "replica identity", 6),),
    steps=("writes-refused",),
    brings=(
        Step(
            "partitions-are-replicated-alike",
            "Is each partition replicated as its table is?",
            "A partition does not inherit the replica identity of its table. Where updates and "
            "deletes are published, one without any refuses them.",
            phase=Phase.CHECKS,
            then=("align-replica-identity",),
        ),
        Step(
            "align-replica-identity",
            "Set the partitions' replica identity",
            "It changes nothing of the rows, and holds for updates and deletes from then on. Each "
            "statement locks one partition for a moment.",
            phase=Phase.MITIGATION,
            queries=("checks/replica_identity",),
            undo="undo-replica-identity",
            undo_words="the same statement with the identity that the finding names",
        ),
        Step(
            "undo-replica-identity",
            "Give a partition its own replica identity again",
            "alter table … replica identity …, with what the finding named: full, nothing, default "
            "or using index and the name of an index.",
            phase=Phase.ROLLBACK,
        ),
    ),
    cause="The table's replica identity was set after its partitions were made, or before one "
    "of them was.",
    reads=(
        r"the replica identity of [^;\n]{1,900}; "
        r"[^\n]{1,200} publish(?:es)? their updates or deletes",
    ),
    means=_LOST,
)
