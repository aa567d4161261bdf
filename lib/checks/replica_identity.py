"""Is each partition known to logical replication by the same columns as the table above it?"""

from __future__ import annotations

from itertools import groupby

from lib.checks.check import Check, Group, Place
from lib.checks.parameters import lists, of_catalogs
from lib.core.context import Context, rows_of
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, Remedies, decision, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.steps import Phase, Step
from lib.core.words import listed, number, plural, unqualified
from lib.db.database import Session
from lib.db.sql import quoted, remark
from lib.remedies import locks

_FEW = 3  # partitions that are named each by itself
_REFUSED = "Updates and deletes of rows there are refused: the row would be known by nothing."
_MORE = "Subscribers get the whole old row from it, and only the key from the other partitions."
_LOST = "A subscriber may not find the row that was updated or deleted, and keeps the old one."


def run(session: Session, context: Context) -> CheckResult:
    """Has each partition the replica identity of the table above it, compared by columns?

    A partition does not inherit it: one that is made later has DEFAULT, the primary key. A row is
    replicated by that of the partition in which it is. Where nobody publishes updates or deletes,
    another one is a note.
    Source: PostgreSQL manual, "Replica Identity" and ALTER TABLE, REPLICA IDENTITY.
    """
    rows = session.rows("checks/replica_identity", **lists(context))
    findings = [
        each for guard in context.guards for each in _judge(guard, rows_of(guard.table, rows))
    ]
    parts = [row for row in rows if row["parent"] is not None]
    same = len(parts) - sum(len(group) for _, group in _different(rows))
    summary = f"{number(same)} of {number(len(parts))} partitions have their table's identity"
    return CheckResult(CHECK.name, tuple(findings), summary)


def _different(rows: tuple[Row, ...] | list[Row]) -> list[tuple[Row, list[Row]]]:
    """The partitions that differ from the table above them, alike ones together, with that."""
    above = {row["relation"]: row for row in rows}
    odd = [
        row for row in rows if row["parent"] and row["columns"] != above[row["parent"]]["columns"]
    ]

    def kind(row: Row) -> tuple[str, ...]:
        return (row["parent"], _words(row), *row["published"])

    groups = (list(group) for _, group in groupby(sorted(odd, key=kind), key=kind))
    return [(above[group[0]["parent"]], group) for group in groups]


def _judge(guard: Guard, rows: list[Row]) -> list[Finding]:
    """What holds for one table and its partitions? Many partitions alike are one finding.

    That a table is missing is said by others.
    """
    if not rows:
        return []
    if rows[0]["identity"] is None:
        detail = f"{guard.relation} is no table that could be published"
        return [Finding(guard.relation, Status.OK, detail, code="no_table")]
    groups = _different(rows)
    return [_other(above, group) for above, group in groups] or [_alike(rows)]


def _alike(rows: list[Row]) -> Finding:
    table, parts = rows[0], len(rows) - 1
    whose = f" and its {plural(parts, 'partition')}" if parts else ""
    detail = f"the replica identity of {table['relation']}{whose} is {_words(table)}"
    return Finding(table["relation"], Status.OK, detail, code="holds")


def _other(above: Row, rows: list[Row]) -> Finding:
    """These partitions differ from the table above them: a note, unless it is published."""
    first, names = rows[0], [row["relation"] for row in rows]
    subject = names[0]
    who, where = f"the replica identity of {subject}", unqualified(subject)
    if len(names) > 1:
        subject = above["relation"]
        where = f"{number(len(names))} partitions of {unqualified(subject)}"
        more = f" and {number(len(names) - _FEW)} more" if len(names) > _FEW else ""
        who = f"the replica identity of {', '.join(names[:_FEW])}{more}"
    detail = f"{who} is {_words(first)}, and that of {above['relation']} {_words(above)}"
    code, short = "identity_differs", f"the replica identity of {where} differs"
    if not first["published"]:
        detail = f"{detail}; nobody publishes their updates or deletes"
        return Finding(subject, Status.OK, detail, code=code, headline=short)
    publish = "publishes" if len(first["published"]) == 1 else "publish"
    detail = f"{detail}; {listed(first['published'])} {publish} their updates or deletes"
    means = _REFUSED if first["columns"] == [] else _MORE if first["columns"] is None else _LOST
    if means is _REFUSED:
        refuse = "refuse" if names[1:] else "refuses"
        code, short = "identity_missing", f"{where} {refuse} updates and deletes"
    remedy = _remedy(above, rows)
    return Finding(subject, Status.WARNING, detail, remedy, means, code=code, headline=short)


def _remedy(above: Row, rows: list[Row]) -> Remedies:
    """Gives them that of the table above, where it has one that they can have."""
    if above["columns"] == []:
        return decision(
            f"give {remark(above['relation'])} a replica identity too, with",
            "alter table … replica identity …, or publish its inserts alone",
            comment=True,
            choices=BY_HAND,
        )
    if rows[0]["columns"] is None:  # FULL is not inherited: whoever wants old rows sets it here
        return decision(
            f"is FULL meant? Then set {remark(above['relation'])} and its other partitions to it;\n"
            "else set this one back to its table's; then verify again"
        )
    lacking = [row for row in rows if above["identity"] == "INDEX" and row["twin"] is None]
    if lacking:
        columns = remark(", ".join(above["columns"]))
        return decision(
            f"first make a unique index of ({columns}) on "
            f"{remark(lacking[0]['relation'])}, all NOT NULL,\n"
            "or give its table another identity; then verify again"
        )
    return statements(
        "\n".join(
            f"alter table {row['relation']} replica identity "
            + (
                f"using index {quoted(row['twin'])};"
                if above["identity"] == "INDEX"
                else _kind(above)
            )
            for row in rows
        ),
        lock=locks.NAMED,
    )


def _kind(row: Row) -> str:
    return f"{row['identity'].lower()};"


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
