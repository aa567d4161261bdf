"""Is each month key NOT NULL, validated, and without a default that hides a missing guard?"""

from __future__ import annotations

from functools import partial

from lib.checks import guard_triggers
from lib.checks.check import Check, Group, Place
from lib.checks.clock_defaults import clock_defaults
from lib.checks.parameters import lists, of_catalogs
from lib.core.context import Context, rows_of
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, Remedies, advice, by_hand, decision, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import at_least, places, rows_word
from lib.db.database import Session, once
from lib.db.sql import quoted
from lib.remedies import constraints, locks
from lib.remedies.unobserved import each

_MOST_CLOCKLESS = 1000  # what sql/checks/key_constraints_clockless.sql counts at most


def run(session: Session, context: Context) -> CheckResult:
    """Is each month key NOT NULL, validated, and without a default that hides a missing guard?

    And does the clock by which the month goes have a default that is right in every time zone?
    """
    rows = columns(session, context)
    findings: list[Finding] = []
    for guard in context.guards:
        own = rows_of(guard.table, rows)
        if own and own[0]["clockless"]:
            findings += each([guard], partial(_clockless, session, own[0]))
        if own:
            findings += each([guard], partial(clock_defaults, session, own[0]))
        findings += _judge_columns(guard, own[0], context) if own else [_no_column(guard)]
    owing = [guard for guard in context.guards if guard.owed == guard.id]
    found = [row for guard in owing for row in rows_of(guard.table, rows)]
    held = sum(not row["nullable"] and not row["unvalidated"] for row in found)
    summary = f"{held} of {len(owing)} month keys are NOT NULL on every partition"
    return CheckResult(CHECK.name, tuple(findings), summary)


def columns(session: Session, context: Context) -> tuple[Row, ...]:
    """The month keys' columns, as sql/checks/key_constraints.sql has them. Read once a run."""
    values = lists(context, "keys", "clocks")
    return once(session, context, "checks/key_constraints", **values)


def _no_column(guard: Guard) -> Finding:
    detail = f"{guard.relation} does not exist, or has no column {guard.key}"
    short = f"{guard.table}.{guard.key} does not exist"
    return Finding(guard.relation, Status.UNKNOWN, detail, code="column_missing", headline=short)


def _found(
    guard: Guard,
    code: str,
    headline: str,
    detail: str,
    remedy: Remedies = (),
    means: str | None = None,
    status: Status = Status.WARNING,
) -> Finding:
    return Finding(guard.relation, status, detail, remedy, means, code=code, headline=headline)


def _judge_columns(guard: Guard, row: Row, context: Context) -> list[Finding]:
    column = f"{guard.relation}.{guard.key}"
    findings = _judge_types(guard, row)
    if row["nullable"] and guard.owed == guard.id:
        detail = f"{guard.key} may be null on {places(row['nullable'])}: no constraint forbids it"
        remedy = constraints.forbid_nulls(guard)
        means = "A null key lands in the DEFAULT partition, where no join finds it."
        short = f"{guard.table}.{guard.key} may be null"
        findings.append(_found(guard, "key_nullable", short, detail, remedy, means))
    if row["unvalidated"]:
        where = places(row["unvalidated"])
        detail = f"the NOT NULL on {guard.key} is NOT VALID on {where}: older nulls may remain"
        remedy = constraints.forbid_nulls(guard)
        short = f"NOT NULL on {guard.table}.{guard.key} is not validated"
        findings.append(_found(guard, "not_null_not_valid", short, detail, remedy))
    if row["defaulted"]:
        findings.append(_default(guard, row, context))
    detail = f"{column} is NOT NULL on the table and every partition"
    if row["nullable"]:
        detail = f"{column} may be null, as it must where a row has no {guard.owed}"
    return findings or [Finding(guard.relation, Status.OK, detail, code="holds")]


def _clockless(session: Session, row: Row, guard: Guard) -> list[Finding]:
    """The time may be null: are there rows without it, which no count of rows has?"""
    names = {
        "schema": guard.schema,
        "table": guard.table,
        "clock": guard.clock,
        "id": guard.id,
        "owed": guard.owed,
    }
    found = session.rows("checks/key_constraints_clockless", names)[0]
    detail = f"{guard.clock} may be null on {places(row['clockless'])}: no constraint forbids it"
    remedy = constraints.forbid_nulls(guard, guard.clock)
    means = "A row without it is in no window, so nothing tells whether its key is right."
    if not found["rows"]:
        short = f"{guard.table}.{guard.clock} may be null"
        return [_found(guard, "clock_nullable", short, detail, remedy, means)]
    capped = found["rows"] >= _MOST_CLOCKLESS
    some = " or more" if capped else ""
    have = "has" if found["rows"] == 1 else "have"
    rows = at_least(found["rows"], capped=capped)
    short = f"{rows} of {guard.table} {have} no {guard.clock}"
    detail = (
        f"{rows_word(found['rows'])}{some} of {guard.relation} {have} no {guard.clock}, "
        f"so whether the key is right was not judged ({', '.join(map(str, found['samples']))})"
    )
    remedy = decision(
        f"set {guard.clock} of the rows of {guard.relation} that have none to when\n"
        "they were written, or remove them; then verify again"
    )
    return [_found(guard, "clock_null", short, detail, remedy, means, Status.UNKNOWN)]


def _judge_types(guard: Guard, row: Row) -> list[Finding]:
    """Is the key a date, and does its clock know its time zone?"""
    findings = []
    if row["key_type"] != "date":
        detail = f"{guard.relation}.{guard.key} is {row['key_type']}, not date"
        remedy = advice("make the table anew with a key of type date, and bring its rows over")
        means = "The first of a month depends on the writer's TimeZone: joins on the key miss rows."
        short = f"{guard.table}.{guard.key} is not a date"
        critical = Status.CRITICAL
        findings.append(_found(guard, "key_not_date", short, detail, remedy, means, critical))
    if row["clock_type"] not in (None, "timestamp with time zone"):
        detail = f"{guard.relation}.{guard.clock} is {row['clock_type']}, not timestamptz"
        remedy = by_hand(
            "if it holds UTC; this writes every row anew",
            f"alter table {guard.relation} alter column {quoted(guard.clock)}\n"
            f"  type timestamptz using {quoted(guard.clock)} at time zone 'UTC';",
            comment=True,
            choices=BY_HAND,
        )
        means = "Which month a row belongs to depends on the writer's TimeZone."
        short = f"{guard.table}.{guard.clock} is not timestamptz"
        findings.append(_found(guard, "clock_without_zone", short, detail, remedy, means))
    return findings


def _default(guard: Guard, row: Row, context: Context) -> Finding:
    """A default is harmless while the guard fires, and hides its absence when it does not."""
    words = f"{guard.key} has the default {row['default_text']} on {places(row['defaulted'])}"
    if guard.sets == "when null":
        detail = f"{words}, which the guard believes as if the writer had sent it"
        table = f"{quoted(guard.schema)}.{quoted(guard.table)}"
        remedy = statements(
            f"alter table {table}\n  alter column {quoted(guard.key)} drop default;",
            lock=locks.NAMED,
        )
        means = "A row that comes without its month gets a wrong one; joins lose it."
        short = f"a default sets wrong keys in {guard.table}.{guard.key}"
        return _found(guard, "default_believed", short, detail, remedy, means)
    if not guard_triggers.CHECK.critical(context, guard):
        short = f"the guard overrules the default of {guard.table}.{guard.key}"
        detail = f"{words}; the guard fires and overrules it"
        return _found(guard, "default_overruled", short, detail, status=Status.OK)
    detail = f"{words}, which hides until next month that the guard does not fire"
    # It stays: an insert that gives no key is routed by it, and refused in DEFAULT without it.
    remedy = advice(
        f"restore the guard, as {guard_triggers.CHECK.name} says: it then overrules the default",
        follows=True,
    )
    means = "Inserts succeed with a key that is not the first of a month; joins lose them."
    short = f"a default hides that the {guard.noun} guard does not fire"
    return _found(guard, "default_hides", short, detail, remedy, means, Status.CRITICAL)


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
