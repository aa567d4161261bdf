"""Is the pair (reference, month) tied to the table it refers to, and is that enforced?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lib.checks.check import Check, Group, Place
from lib.checks.table_shapes import table_missing
from lib.core.context import Context
from lib.core.guards import Guard, Reference
from lib.core.remedies import Remedies, by_hand, decision, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import places, plural, unqualified
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies import constraints, locks
from lib.remedies.remedies import taken_back
from lib.trials.bodies import keeps_deleted

_ORPHANS = "The foreign key holds on paper; joins lose the rows that were kept."
_DRIFT = "A wrong month is no longer refused at commit: drift is silent."


def run(session: Session, context: Context) -> CheckResult:
    """Is the pair (reference, month) tied to the table it refers to, and is that enforced?

    Present on the table and each partition, enforced, validated, its own triggers on.
    Source: PostgreSQL manual, "pg_constraint"; the triggers of a constraint by `tgconstraint`.
    """
    tied = [guard for guard, _ in _tied(context)]
    rows = _rows(session, context)
    findings = [f for guard, row in zip(tied, rows, strict=True) for f in _judge_key(guard, row)]
    if not tied:
        detail = "no guarded table is meant to have one"
        findings = [Finding("foreign key", Status.OK, detail, code="holds")]
    bad = [finding for finding in findings if finding.status is not Status.OK]
    summary = bad[0].detail if bad else "Every foreign key is present, validated and enforced"
    return CheckResult(CHECK.name, tuple(findings), summary)


def enforced(session: Session, context: Context) -> frozenset[str]:
    """Of which tables is every new row's pair compared?"""
    rows = _rows(session, context)
    off = ("lacking", "unenforced", "disabled")
    return frozenset(r["table_name"] for r in rows if r["name"] and not any(r[w] for w in off))


def _rows(session: Session, context: Context) -> tuple[Row, ...]:
    """As sql/checks/foreign_key.sql has them, read once a run."""
    name = "checks/foreign_key"
    if name not in context.kept:
        context.kept[name] = session.rows(name, **_values(context))
    return context.kept[name]


def _tied(context: Context) -> list[tuple[Guard, Reference]]:
    return [(g, g.reference) for g in context.guards if g.foreign_key and g.reference]


def _values(context: Context) -> dict[str, Any]:
    tied = _tied(context)
    return {
        "schemas": [guard.schema for guard, _ in tied],
        "tables": [guard.table for guard, _ in tied],
        "parents": [reference.table for _, reference in tied],
        "columns": [f"{reference.column},{guard.key}" for guard, reference in tied],
        "parent_columns": [f"{reference.id},{reference.key}" for _, reference in tied],
    }


def _judge_key(guard: Guard, row: Row) -> list[Finding]:
    name = str(row["name"] or guard.foreign_key)
    if not row["table_exists"]:
        return [table_missing(guard, Status.CRITICAL)]
    if row["name"] is None:
        detail = f"the foreign key {name} is missing on {guard.relation}"
        add = constraints.add_foreign_key(guard) if row["referable"] else _not_unique(guard)
        return [
            Finding(
                guard.relation,
                Status.CRITICAL,
                detail,
                add,
                _DRIFT,
                code="foreign_key_missing",
                headline=f"{guard.table} has no foreign key",
            )
        ]
    findings = [_weak(guard, name, case) for case in _key_cases(guard, name, row) if case.where]
    findings += _judge_form(guard, name, row)
    findings += _judge_deletes(guard, name, row)
    detail = f"the foreign key {name} is enforced everywhere"
    return findings or [Finding(guard.relation, Status.OK, detail, code="holds")]


def _not_unique(guard: Guard) -> Remedies:
    """What must come first, where nothing is unique that the key could refer to."""
    assert guard.reference is not None
    other = guard.reference
    return decision(
        f"({other.id}, {other.key}) must be unique in {guard.schema}.{other.table} "
        "first: make it\n"
        "the primary key, as sql/demo/10_tables.sql has it, then verify again"
    )


def _judge_form(guard: Guard, name: str, row: Row) -> list[Finding]:
    """Does it wait for the commit, and take the rows along that refer to a deleted one?"""
    lacking = {}
    if not row["deferrable"]:
        lacking["is NOT DEFERRABLE"] = "a row before the one it refers to is refused"
    elif not row["deferred"]:
        lacking["is INITIALLY IMMEDIATE"] = "a row before the one it refers to is refused"
    if not row["cascades"]:
        lacking["is without ON DELETE CASCADE"] = "what is referred to cannot be deleted"
    if not lacking:
        return []
    told = ", and ".join(f"{form}: {does}" for form, does in lacking.items())
    return [
        Finding(
            guard.relation,
            Status.WARNING,
            f"the foreign key {name} {told}",
            constraints.add_foreign_key(guard, replaced=name),
            code="form_differs",
            headline=f"the foreign key of {guard.table} {next(iter(lacking))}",
        )
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
    off = (f"alter table {guard.relation} disable trigger {quoted(one)};" for one in keeping)
    look = "look at what it returns for a delete, then perhaps"
    remedy = by_hand(look, "\n".join(off), comment=True)
    return [
        Finding(
            guard.relation,
            Status.WARNING,
            detail,
            remedy,
            _ORPHANS,
            code="deleted_rows_kept",
            headline=f"a trigger may keep deleted rows of {guard.table}",
        )
    ]


@dataclass(frozen=True)
class _Case:
    """One way in which it does not hold, on which relations; `short` in a headline."""

    where: list[str]
    status: Status
    code: str
    words: str
    short: str
    remedy: Remedies


def _weak(guard: Guard, name: str, case: _Case) -> Finding:
    """What is said of one such way?"""
    alone = case.where[0] if len(case.where) == 1 else None
    on = f" on {unqualified(alone) if alone else plural(len(case.where), 'relation')}"
    return Finding(
        alone or guard.relation,
        case.status,
        f"the foreign key {name} {case.words} {places(case.where)}",
        case.remedy,
        _DRIFT if case.status is Status.CRITICAL else None,
        code=case.code,
        headline=f"the foreign key of {guard.table} {case.short}" + on * (alone != guard.relation),
    )


def _key_cases(guard: Guard, name: str, row: Row) -> list[_Case]:
    """Where does it not hold, how bad is that, in which words, and what repairs it?"""
    bad, lax = Status.CRITICAL, Status.WARNING
    validate = constraints.validate(guard.relation, name)
    again = constraints.add_foreign_key(guard, replaced=name)
    on = [f"alter table {relation} enable trigger all;" for relation in row["disabled"]]
    off = [f"alter table only {relation} disable trigger all;" for relation in row["disabled"]]
    enable = statements(
        "\n".join(["-- as a superuser:", *on]),
        lock=locks.ENABLES,
        undo=taken_back(off, "disable in place of enable"),
        superuser=True,
    )
    off_on, older = (
        "has its own triggers switched off on",
        "is NOT VALID: older rows may break it, on",
    )
    return [
        _Case(row["lacking"], bad, "foreign_key_missing", "is missing on", "is missing", again),
        _Case(
            row["unenforced"], bad, "not_enforced", "is NOT ENFORCED on", "is not enforced", again
        ),
        _Case(row["disabled"], bad, "triggers_off", off_on, "is switched off", enable),
        _Case(row["unvalidated"], lax, "not_validated", older, "is not valid", validate),
    ]


CHECK = Check(
    name="foreign_key",
    run=run,
    by_hand=lambda context, _: [("checks/foreign_key", {}, _values(context))],
    places=(Place(Group.JOINS, "foreign key", 2),),
    steps=("keys-drift-quietly", "constraints-hold", "restore-foreign-key", "undo-constraints"),
    cause="It was dropped or weakened for a load or a migration.",
    reads=(r"the foreign key \w{1,80} (?:is|has)\b",),
    means="It refuses other rows than the reviewed one does.",
)
