"""Which messages refuse a row, and what do they mean in this system?

Source: PostgreSQL manual, "PostgreSQL Error Codes". The texts were provoked on 15 and 18.
"""

from __future__ import annotations

import re

from lib.core.guards import GUARDS
from lib.runbook.symptoms.guarding import (
    call_without_month,
    key_left_null,
    no_month,
    pair_not_there,
)
from lib.runbook.symptoms.message import NAME, QUOTED, Message, compiled, message
from lib.runbook.symptoms.symptom import Symptom, guard_of, month_in_name, month_of, named, odd_day

_ROW_KEY = re.compile(
    r"Partition key of the failing row contains "
    r"\((?P<key>[^()]{1,80})\) = \((?P<value>[^()]{1,80})\)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"Key \((?P<keys>[^()]{1,120})\)=\((?P<values>[^()]{1,200})\)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"the row was to be in partition \"(?P<partition>[^\"]{1,200})\"", re.IGNORECASE
)


def _no_partition(match: re.Match[str], near: str) -> Symptom:
    relation, found = named(match["relation"]), _ROW_KEY.search(near)
    sign = "23514 no partition of relation"
    value = found["value"].strip("'\" ") if found else ""
    if found and value.lower() == "null":
        return no_month(sign, relation, named(found["key"]))
    month = month_of(value)
    if found and odd_day(value):
        what = (
            f"{relation} has no partition for {month}, and the key {value} is no first of a month."
        )
        cause = "The writer sends the day instead of its month, and the month has no partition."
        return Symptom(sign, what, cause, "partition_coverage", "make-partitions")
    what = (
        f"{relation} has no partition for {month or 'the month of the row'}; the row was refused."
    )
    cause = (
        "The maintenance job did not make the month, and there is no DEFAULT partition; or the "
        "writer sent a month that is far off: PostgreSQL goes by that, before the guard runs."
    )
    return Symptom(sign, what, cause, "partition_coverage", "make-partitions")


def _moved(_: re.Match[str], near: str) -> Symptom:
    found = _PLACE.search(near)
    partition = named(found["partition"]) if found else ""
    month = month_in_name(partition)
    sent = f"A row was sent with the key of {month}" if month else "A row was sent with another key"
    if partition.endswith("_default"):
        sent = "A row was sent with no key, or with one of a month that has no partition"
    what = f"{sent}; the guard set the right one, which belongs to another partition."
    cause = (
        "The guard works: nothing wrong was stored. PostgreSQL picks the partition before the "
        "guard runs, so the writer must send the month itself: in UTC, and an event that of its "
        "session."
    )
    return Symptom(
        "0A000 moving row to another partition", what, cause, "guard_behaviour", "mend-the-writer"
    )


def _foreign(match: re.Match[str], near: str) -> Symptom:
    constraint, relation = named(match["constraint"]), named(match["relation"])
    sign, pair = f"23503 {constraint}", _values(near)
    guard = guard_of(relation)
    if guard is None or guard.optional:
        what = f"A row of {relation} breaks the foreign key {constraint}."
        cause = "It is none of the guards': the row that it names is not stored."
        return Symptom(sign, what, cause, "freshness", "mend-the-writer")
    if re.search(r"is still referenced", near, re.IGNORECASE):
        who = f"the session {pair[0]}" if pair else "a session"
        what = f"{relation}: {who} cannot be deleted or moved while events point to it."
        cause = (
            "The foreign key lost its ON DELETE CASCADE, or a session's key was changed without "
            "its events."
        )
        return Symptom(sign, what, cause, "foreign_key", "restore-foreign-key")
    month = month_of(pair[1]) if len(pair) > 1 else ""
    session = f"the session {pair[0]}" if pair else "its session"
    of = f" of {month}" if month else ""
    what = f"An event in {relation} names {session}{of}, and there is none in that month."
    return pair_not_there(sign, what, relation)


def _values(near: str) -> list[str]:
    """The key that a DETAIL speaks of, value by value."""
    found = _PAIR.search(near)
    return [named(value) for value in found["values"].split(",")] if found else []


def _columns(near: str) -> list[str]:
    """The columns of that key."""
    found = _PAIR.search(near)
    return [named(name) for name in found["keys"].split(",")] if found else []


def _null(match: re.Match[str], _: str) -> Symptom:
    column, relation = named(match["column"]), named(match["relation"] or "")
    guard = guard_of(relation)
    sign = f"23502 null value in {column}"
    where = f"{relation}.{column}" if relation else column
    if column == _OF_A_CALL:
        return call_without_month(sign, where)
    owner = guard or next((each for each in GUARDS if each.key == column), None)
    if owner is not None and column == owner.key:
        return key_left_null(sign, relation or owner.table, where)
    what = f"A row came without {where}, which must not be null."
    cause = (
        "The writer left it out, and the guards set no column but the month and a few beside it."
    )
    return Symptom(sign, what, cause, "freshness", "mend-the-writer")


_OF_A_CALL = "session_created_month"


def _duplicate(match: re.Match[str], near: str) -> Symptom:
    constraint, pair = named(match["constraint"]), _values(near)
    sign = f"23505 {constraint}"
    month = month_of(pair[1]) if _columns(near)[:1] == ["id"] and len(pair) > 1 else ""
    if month:
        what = f"A row with the id {pair[0]} stands in {month} already."
        cause = (
            "The writer sent it twice, after a time-out say. While repairing keys: the right "
            "place is taken by another row of that id, which needs a decision."
        )
        return Symptom(sign, what, cause, "duplicate_ids", "repair-keys")
    what = f"A row would stand twice: {constraint} forbids it."
    cause = "The writer sent it twice, after a time-out say: insert with on conflict do nothing."
    return Symptom(sign, what, cause, "freshness", "mend-the-writer")


def _new_month(match: re.Match[str], _: str) -> Symptom:
    default = named(match["relation"])
    return Symptom(
        "23514 default partition would be violated",
        f"{default} holds rows of the month that is to be made, so its partition was refused.",
        "The month had no partition when they came: move them out first, then make it.",
        "default_partition_rows",
        "make-partitions",
    )


ROWS: tuple[Message, ...] = (
    Message(
        "23514",
        compiled(rf"no partition of relation {QUOTED.format('relation')} found for row"),
        _no_partition,
    ),
    Message(
        "23514",
        compiled(
            rf"updated partition constraint for default partition {QUOTED.format('relation')}"
            r" would be violated"
        ),
        _new_month,
    ),
    message(
        "23514",
        rf"partition constraint of relation {QUOTED.format('relation')} is violated by some row",
        "{relation} holds rows of another month than the one that it was to be attached for.",
        "Its name and its rows do not fit, or rows were written to it while it stood alone.",
        "unattached_partitions",
        "make-partitions",
        "partition constraint is violated",
    ),
    message(
        "23514",
        rf"new row for relation {QUOTED.format('relation')} violates partition constraint",
        "A row was written straight into {relation}, and is of another month.",
        "Write to the table, never to a partition: PostgreSQL then picks the right one.",
        "trigger_order",
        "mend-the-writer",
        "violates partition constraint",
    ),
    Message(
        "0A000",
        compiled(r"moving row to another partition during a BEFORE"),
        _moved,
    ),
    Message(
        "23503",
        compiled(
            rf"on table {QUOTED.format('relation')} violates foreign key constraint "
            rf"{QUOTED.format('constraint')}"
        ),
        _foreign,
    ),
    message(
        "23503",
        rf"session {NAME.format('session')} does not exist and session_month is NULL",
        "An event names the session {session}, which is not stored, and brought no month.",
        "The guard refuses it, rightly: send the session first, or the month with the event.",
        "orphan_rows",
        "mend-the-writer",
        "the month is unknown",
    ),
    message(
        "P0001",
        rf"session {NAME.format('session')} not found for event (?:insert|update)",
        "An event names the session {session}, which its guard does not find.",
        "The guard fires, and refuses it rightly where the session is not stored: send the session "
        "first. Where it is stored, the guard does not see it: row security hides it from a "
        "function that lost SECURITY DEFINER.",
        "guard_behaviour",
        "mend-the-writer",
        "session not found",
    ),
    message(
        "23503",
        rf"session {NAME.format('session')} does not exist: an event comes after its session",
        "An event names the session {session}, which is not stored.",
        "The guard refuses it, rightly: send the session first. Where an event may come before its "
        "session in one transaction, sql/setup/10_guards.sql makes a guard that keeps it.",
        "orphan_rows",
        "mend-the-writer",
        "an event comes after its session",
    ),
    message(
        "23502",
        r"session_id cannot be NULL",
        "An event came without a session_id, and was refused.",
        "The guard refuses it, rightly: the writer left the session out.",
        "guard_behaviour",
        "mend-the-writer",
        "session_id cannot be NULL",
    ),
    message(
        "42804",
        r"(?:created_at must be timestamptz|session_id must be uuid, session_month date)",
        "A guard's function was called for columns of other types than it is made for.",
        "The table was altered, or the function hangs on another table than its own.",
        "guard_functions",
        "restore-functions",
    ),
    Message(
        "23502",
        compiled(
            rf"null value in column {QUOTED.format('column')}"
            rf"(?: of relation {QUOTED.format('relation')})? violates not-null"
        ),
        _null,
    ),
    message(
        "23502",
        rf"column {QUOTED.format('column')} of relation {QUOTED.format('relation')} "
        r"contains null values",
        "{relation} holds rows without {column}, so NOT NULL was refused.",
        "They came while the guard was gone: repair them, then forbid null.",
        "null_keys",
        "repair-keys",
        "contains null values",
    ),
    Message(
        "23505",
        compiled(rf"duplicate key value violates unique constraint {QUOTED.format('constraint')}"),
        _duplicate,
    ),
)
