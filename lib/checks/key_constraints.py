"""Is each month key NOT NULL, validated, and without a default that hides a missing guard?"""

from __future__ import annotations

from functools import partial

from lib.checks import guard_triggers
from lib.checks.check import Check, Group, Place
from lib.checks.clock_defaults import clock_defaults
from lib.checks.guarded_tables import KINDS
from lib.checks.parameters import lists, names, of_catalogs
from lib.core.context import Context, rows_of
from lib.core.findings import critical, holds, note, unknown, warning
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, advice, by_hand, decision, statements
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import agree, at_least, places
from lib.db.database import Session, once
from lib.db.sql import quoted
from lib.remedies import constraints, locks
from lib.remedies.remedies import table_of
from lib.remedies.unobserved import each

_A_KEY = {"date": "a date", "timestamptz": "a timestamptz", "int": "a whole number"}
_MOST_CLOCKLESS = 1000  # what sql/checks/key_constraints_clockless.sql counts at most


def run(session: Session, context: Context) -> CheckResult:
    """Is each month key NOT NULL, validated, and without a default that hides a missing guard?

    And does the clock by which the month goes have a default that is right in every time zone?
    """
    rows = columns(session, context)
    findings: list[Finding] = []
    for guard in context.guards:
        for row in rows_of(guard.table, rows):
            if row["clockless"]:
                findings += each([guard], partial(_clockless, session, row))
            findings += each([guard], partial(clock_defaults, session, row))
            findings += _judge_columns(guard, row, context)
        if not rows_of(guard.table, rows):
            headline = f"{guard.table}.{guard.key} does not exist"
            detail = f"{guard.relation} does not exist, or has no column {guard.key}"
            findings.append(unknown(guard.relation, "column_missing", headline, detail))
    owing = [guard.table for guard in context.guards if guard.owed == guard.id]
    found = [row for row in rows if row["table_name"] in owing]
    held = sum(not row["nullable"] and not row["unvalidated"] for row in found)
    summary = f"{held} of {len(owing)} month keys are NOT NULL on every partition"
    return CheckResult(CHECK.name, tuple(findings), summary)


def columns(session: Session, context: Context) -> tuple[Row, ...]:
    """The month keys' columns, as sql/checks/key_constraints.sql has them. Read once a run."""
    values = lists(context, "keys", "clocks")
    return once(session, context, "checks/key_constraints", **values)


def _judge_columns(guard: Guard, row: Row, context: Context) -> list[Finding]:
    relation, key, column = guard.relation, guard.key, f"{guard.table}.{guard.key}"
    findings = _judge_types(guard, row)
    remedy = constraints.forbid_nulls(guard)
    if row["nullable"] and guard.owed == guard.id:
        headline = f"{column} may be null"
        detail = f"{key} may be null on {places(row['nullable'])}: no constraint forbids it"
        means = "A null key lands in the DEFAULT partition, where no join finds it."
        findings.append(warning(relation, "key_nullable", headline, detail, remedy, means))
    if row["unvalidated"]:
        headline, where = f"NOT NULL on {column} is not validated", places(row["unvalidated"])
        detail = f"the NOT NULL on {key} is NOT VALID on {where}: older nulls may remain"
        findings.append(warning(relation, "not_null_not_valid", headline, detail, remedy))
    if row["defaulted"]:
        findings.append(_default(guard, row, context))
    how = "is NOT NULL on the table and every partition"
    if row["nullable"]:
        how = f"may be null, as it must where a row has no {guard.owed}"
    return findings or [holds(relation, f"{relation}.{key} {how}")]


def _clockless(session: Session, row: Row, guard: Guard) -> list[Finding]:
    """The time may be null: are there rows without it, which no count of rows has?"""
    found = session.rows("checks/key_constraints_clockless", names(guard))[0]
    means = "A row without it is in no window, so nothing tells whether its key is right."
    if not found["rows"]:
        headline = f"{guard.table}.{guard.clock} may be null"
        detail = (
            f"{guard.clock} may be null on {places(row['clockless'])}: no constraint forbids it"
        )
        remedy = constraints.forbid_nulls(guard, guard.clock)
        return [warning(guard.relation, "clock_nullable", headline, detail, remedy, means)]
    have = agree(found["rows"], "have")
    rows = at_least(found["rows"], capped=found["rows"] >= _MOST_CLOCKLESS)
    headline = f"{rows} of {guard.table} {have} no {guard.clock}"
    detail = (
        f"{rows} of {guard.relation} {have} no {guard.clock}, "
        f"so whether the key is right was not judged ({', '.join(map(str, found['samples']))})"
    )
    remedy = decision(
        f"set {guard.clock} of the rows of {guard.relation} that have none to when\n"
        "they were written, or remove them; then verify again"
    )
    return [unknown(guard.relation, "clock_null", headline, detail, remedy, means)]


def _judge_types(guard: Guard, row: Row) -> list[Finding]:
    """Is the key what it must be, and does its clock know its time zone?"""
    relation, clock, findings = guard.relation, quoted(guard.clock), list[Finding]()
    kind = guard.keys.kind
    if KINDS.get(row["key_type"]) != kind:
        headline = f"{guard.table}.{guard.key} is not {_A_KEY[kind]}"
        detail = f"{relation}.{guard.key} is {row['key_type']}, not {kind}"
        remedy = advice(f"make the table anew with a key of type {kind}, and bring its rows over")
        noun = guard.keys.noun
        means = (
            f"The first of a {noun} depends on the writer's TimeZone: joins on the key miss rows."
        )
        findings.append(critical(relation, "key_not_date", headline, detail, remedy, means))
    if row["clock_type"] not in (None, "timestamp with time zone"):
        headline = f"{guard.table}.{guard.clock} is not timestamptz"
        detail = f"{relation}.{guard.clock} is {row['clock_type']}, not timestamptz"
        remedy = by_hand(
            "change its type if it holds UTC; this writes every row anew",
            f"alter table {relation} alter column {clock}\n"
            f"  type timestamptz using {clock} at time zone 'UTC';",
            comment=True,
            choices=BY_HAND,
        )
        means = "Which month a row belongs to depends on the writer's TimeZone."
        findings.append(warning(relation, "clock_without_zone", headline, detail, remedy, means))
    return findings


def _default(guard: Guard, row: Row, context: Context) -> Finding:
    """A default is harmless while the guard fires, and hides its absence when it does not."""
    relation, column = guard.relation, f"{guard.table}.{guard.key}"
    words = f"{guard.key} has the default {row['default_text']} on {places(row['defaulted'])}"
    if guard.sets == "when null":
        headline = f"a default sets wrong keys in {column}"
        detail = f"{words}, which the guard believes as if the writer had sent it"
        sql = f"alter table {table_of(guard)}\n  alter column {quoted(guard.key)} drop default;"
        remedy = statements(sql, lock=locks.NAMED)
        means = "A row that comes without its month gets a wrong one; joins lose it."
        return warning(relation, "default_believed", headline, detail, remedy, means)
    if not guard_triggers.CHECK.critical(context, guard):
        headline = f"the guard overrules the default of {column}"
        detail = f"{words}; the guard fires and overrules it"
        return note(relation, "default_overruled", headline, detail)
    headline = f"a default hides that the {guard.noun} guard does not fire"
    detail = f"{words}, which hides until next month that the guard does not fire"
    # It stays: an insert that gives no key is routed by it, and refused in DEFAULT without it.
    remedy = advice(
        f"restore the guard, as {guard_triggers.CHECK.name} says: it then overrules the default",
        follows=True,
    )
    means = "Inserts succeed with a key that is not the first of a month; joins lose them."
    return critical(relation, "default_hides", headline, detail, remedy, means)


CHECK = Check(
    name="key_constraints",
    run=run,
    by_hand=of_catalogs("key_constraints", "keys", "clocks"),
    places=(Place(Group.KEYS, "constraints", 4),),
    steps=("keys-drift-quietly", "constraints-hold", "forbid-null-keys", "undo-constraints"),
    cause="A restored or older copy lacks the constraint.",
    reads=("hours off for who writes in another time zone",),
    means="Older rows may have no key at all, and no month to be found in.",
)
