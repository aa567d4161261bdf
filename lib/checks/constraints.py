"""Do the constraints beside the guards still hold: foreign key, NOT NULL, no masking default?"""

from __future__ import annotations

from functools import partial

from lib.checks.clocks import clock_defaults
from lib.core.context import Context, rows_of
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.wording import rows_word
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies import constraints as ties
from lib.remedies.unobserved import each
from lib.trials.bodies import keeps_deleted

_MOST_CLOCKLESS = 1000  # what sql/checks/rows_without_clock.sql counts at most
_ORPHANS = "The foreign key holds on paper; joins lose the rows that were kept."
_DRIFT = "A wrong month is no longer refused at commit: drift is silent."


def foreign_key(session: Session, context: Context) -> CheckResult:
    """Is the pair (reference, month) tied to the table it refers to, and is that enforced?

    Present on the table and each partition, enforced, validated, its own triggers on.
    Source: PostgreSQL manual, "pg_constraint"; the triggers of a constraint by `tgconstraint`.
    """
    tied = [g for g in context.guards if g.foreign_key and g.reference]
    with session.reading() as transaction:
        rows = transaction.rows(
            "checks/foreign_key",
            schemas=[guard.schema for guard in tied],
            tables=[guard.table for guard in tied],
            parents=[g.reference.table for g in tied if g.reference],
            columns=[f"{g.reference.column},{g.key}" for g in tied if g.reference],
            parent_columns=[f"{g.reference.id},{g.reference.key}" for g in tied if g.reference],
        )
    findings = [f for guard, row in zip(tied, rows, strict=True) for f in _judge_key(guard, row)]
    if not tied:
        findings = [Finding("foreign key", Status.OK, "no guarded table is meant to have one")]
    bad = [finding for finding in findings if finding.status is not Status.OK]
    summary = bad[0].detail if bad else "Every foreign key is present, validated and enforced"
    return CheckResult("foreign_key", tuple(findings), summary)


def _judge_key(guard: Guard, row: Row) -> list[Finding]:
    name = str(row["name"] or guard.foreign_key)
    if not row["table_exists"]:
        return [Finding(guard.relation, Status.CRITICAL, f"{guard.relation} does not exist")]
    if row["name"] is None:
        detail = f"the foreign key {name} is missing on {guard.relation}"
        add = ties.add_foreign_key(guard) if row["referable"] else _not_unique(guard)
        return [Finding(guard.relation, Status.CRITICAL, detail, add, _DRIFT)]
    findings = [
        Finding(
            places[0] if len(places) == 1 else guard.relation,
            status,
            f"the foreign key {name} {words} {_places(places)}",
            remedy,
            _DRIFT if status is Status.CRITICAL else None,
        )
        for places, status, words, remedy in _key_cases(guard, name, row)
        if places
    ]
    findings += _judge_form(guard, name, row)
    findings += _judge_deletes(guard, name, row)
    held = Finding(guard.relation, Status.OK, f"the foreign key {name} is enforced everywhere")
    return findings or [held]


def _not_unique(guard: Guard) -> str:
    """What must come first, where nothing is unique that the key could refer to."""
    assert guard.reference is not None
    other = guard.reference
    return (
        f"-- a decision: ({other.id}, {other.key}) must be unique in {guard.schema}.{other.table} "
        "first: make it\n"
        "-- the primary key, as sql/demo/10_tables.sql has it, then verify again"
    )


def _judge_form(guard: Guard, name: str, row: Row) -> list[Finding]:
    """Does it wait for the commit, and take the rows along that refer to a deleted one?"""
    lacking = []
    if not row["deferrable"]:
        lacking.append("is NOT DEFERRABLE: a row before the one it refers to is refused")
    elif not row["deferred"]:
        lacking.append("is INITIALLY IMMEDIATE: a row before the one it refers to is refused")
    if not row["cascades"]:
        lacking.append("is without ON DELETE CASCADE: what is referred to cannot be deleted")
    if not lacking:
        return []
    detail = f"the foreign key {name} {', and '.join(lacking)}"
    return [
        Finding(guard.relation, Status.WARNING, detail, ties.add_foreign_key(guard, replaced=name))
    ]


def _judge_deletes(guard: Guard, name: str, row: Row) -> list[Finding]:
    """May a trigger keep the rows that the cascade takes along? PostgreSQL does not look again."""
    pairs = zip(row["before_delete"], row["before_delete_bodies"], strict=True)
    keeping = [trigger for trigger, body in pairs if keeps_deleted(body)]
    if not (row["cascades"] and keeping):
        return []
    detail = (
        f"the trigger {', '.join(keeping)} on {guard.relation} may keep a row that is deleted: by "
        f"the cascade of {name} it then stays without the row that it refers to"
    )
    off = (f"-- alter table {guard.relation} disable trigger {quoted(one)};" for one in keeping)
    remedy = "\n".join(["-- look at what it returns for a delete, then perhaps:", *off])
    return [Finding(guard.relation, Status.WARNING, detail, remedy, _ORPHANS)]


def _key_cases(guard: Guard, name: str, row: Row) -> list[tuple[list[str], Status, str, str]]:
    """Where does it not hold, how bad is that, in which words, and what mends it?"""
    validate = f"alter table {guard.relation} validate constraint {quoted(name)};"
    again = ties.add_foreign_key(guard, replaced=name)
    enable = "-- as a superuser:\n" + "\n".join(
        f"alter table {relation} enable trigger all;" for relation in row["disabled"]
    )
    return [
        (row["lacking"], Status.CRITICAL, "is missing on", again),
        (row["unenforced"], Status.CRITICAL, "is NOT ENFORCED on", again),
        (row["disabled"], Status.CRITICAL, "has its own triggers switched off on", enable),
        (row["unvalidated"], Status.WARNING, "is NOT VALID: older rows may break it, on", validate),
    ]


def key_constraints(session: Session, context: Context) -> CheckResult:
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
    return CheckResult("key_constraints", tuple(findings), summary)


def columns(session: Session, context: Context) -> tuple[Row, ...]:
    """The month keys' columns, as sql/checks/key_constraints.sql has them. Read once a run."""
    name = "checks/key_constraints"
    if name not in context.kept:
        with session.reading() as transaction:
            context.kept[name] = transaction.rows(
                name,
                schemas=context.schemas,
                tables=context.tables,
                keys=[guard.key for guard in context.guards],
                clocks=[guard.clock for guard in context.guards],
            )
    return context.kept[name]


def _no_column(guard: Guard) -> Finding:
    detail = f"{guard.relation} does not exist, or has no column {guard.key}"
    return Finding(guard.relation, Status.UNKNOWN, detail)


def _judge_columns(guard: Guard, row: Row, context: Context) -> list[Finding]:
    column = f"{guard.relation}.{guard.key}"
    findings = _judge_types(guard, row)
    if row["nullable"] and guard.owed == guard.id:
        detail = f"{guard.key} may be null on {_places(row['nullable'])}: no constraint forbids it"
        remedy = ties.forbid_nulls(guard)
        means = "A null key lands in the DEFAULT partition, where no join finds it."
        findings.append(Finding(guard.relation, Status.WARNING, detail, remedy, means))
    if row["unvalidated"]:
        where = _places(row["unvalidated"])
        detail = f"the NOT NULL on {guard.key} is NOT VALID on {where}: older nulls may remain"
        remedy = ties.forbid_nulls(guard)
        findings.append(Finding(guard.relation, Status.WARNING, detail, remedy))
    if row["defaulted"]:
        findings.append(_default(guard, row, context))
    detail = f"{column} is NOT NULL on the table and every partition"
    if row["nullable"]:
        detail = f"{column} may be null, as it must where a row has no {guard.owed}"
    return findings or [Finding(guard.relation, Status.OK, detail)]


def _clockless(session: Session, row: Row, guard: Guard) -> list[Finding]:
    """The time may be null: are there rows without it, which no count of rows has?"""
    names = {
        "schema": guard.schema,
        "table": guard.table,
        "clock": guard.clock,
        "id": guard.id,
        "owed": guard.owed,
    }
    with session.reading() as transaction:
        found = transaction.rows("checks/rows_without_clock", names)[0]
    detail = f"{guard.clock} may be null on {_places(row['clockless'])}: no constraint forbids it"
    remedy = ties.forbid_nulls(guard, guard.clock)
    means = "A row without it is in no window, so nothing tells whether its key is right."
    if not found["rows"]:
        return [Finding(guard.relation, Status.WARNING, detail, remedy, means)]
    some = " or more" if found["rows"] >= _MOST_CLOCKLESS else ""
    have = "has" if found["rows"] == 1 else "have"
    detail = (
        f"{rows_word(found['rows'])}{some} of {guard.relation} {have} no {guard.clock}, "
        f"so whether the key is right was not judged ({', '.join(map(str, found['samples']))})"
    )
    remedy = (
        f"-- a decision: set {guard.clock} of the rows of {guard.relation} that have none to when\n"
        "-- they were written, or remove them; then verify again"
    )
    return [Finding(guard.relation, Status.UNKNOWN, detail, remedy, means)]


def _judge_types(guard: Guard, row: Row) -> list[Finding]:
    """Is the key a date, and does its clock know its time zone?"""
    findings = []
    if row["key_type"] != "date":
        detail = f"{guard.relation}.{guard.key} is {row['key_type']}, not date"
        remedy = "-- make the table anew with a key of type date, and bring its rows over"
        means = "The first of a month depends on the writer's TimeZone: joins on the key miss rows."
        findings.append(Finding(guard.relation, Status.CRITICAL, detail, remedy, means))
    if row["clock_type"] not in (None, "timestamp with time zone"):
        detail = f"{guard.relation}.{guard.clock} is {row['clock_type']}, not timestamptz"
        remedy = (
            f"-- if it holds UTC; this writes every row anew:\n"
            f"-- alter table {guard.relation} alter column {quoted(guard.clock)}\n"
            f"--   type timestamptz using {quoted(guard.clock)} at time zone 'UTC';"
        )
        means = "Which month a row belongs to depends on the writer's TimeZone."
        findings.append(Finding(guard.relation, Status.WARNING, detail, remedy, means))
    return findings


def _default(guard: Guard, row: Row, context: Context) -> Finding:
    """A default is harmless while the guard fires, and hides its absence when it does not."""
    words = f"{guard.key} has the default {row['default_text']} on {_places(row['defaulted'])}"
    if guard.sets == "when null":
        detail = f"{words}, which the guard believes as if the writer had sent it"
        remedy = f"alter table {quoted(guard.schema)}.{quoted(guard.table)}"
        remedy += f"\n  alter column {quoted(guard.key)} drop default;"
        means = "A row that comes without its month gets a wrong one; joins lose it."
        return Finding(guard.relation, Status.WARNING, detail, remedy, means)
    if not context.critical("guard_triggers", guard):
        return Finding(guard.relation, Status.OK, f"{words}; the guard fires and overrules it")
    detail = f"{words}, which hides until the month turns that the guard does not fire"
    # It stays: an insert that gives no key is routed by it, and refused in DEFAULT without it.
    remedy = "-- restore the guard, as guard_triggers says: it then overrules the default"
    means = "Inserts succeed with a key that is not the first of a month; joins lose them."
    return Finding(guard.relation, Status.CRITICAL, detail, remedy, means)


def _places(relations: list[str]) -> str:
    if len(relations) <= 3:
        return ", ".join(relations)
    return f"{relations[0]} and {len(relations) - 1} more relations"
