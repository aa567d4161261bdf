"""Is the pair (reference, month) tied to the table it refers to, and is that enforced?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lib.checks.check import Check, Group, Place
from lib.checks.table_shapes import table_missing
from lib.core.context import Context
from lib.core.findings import critical, holds, warning
from lib.core.guards import Guard, Reference
from lib.core.remedies import Remedies, by_hand, decision, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import places, plural, unqualified
from lib.db.database import Session, once
from lib.db.sql import quoted
from lib.remedies import constraints, locks
from lib.remedies.remedies import taken_back
from lib.trials.texts.bodies import keeps_deleted

_ORPHANS = "The foreign key holds on paper; joins lose the rows that were kept."
_DRIFT = "A wrong month is no longer refused at commit: drift is silent."
_REFUSED = "a row before the one it refers to is refused"


def run(session: Session, context: Context) -> CheckResult:
    """Is the pair (reference, month) tied to the table it refers to, and is that enforced?

    Present on the table and each partition, enforced, validated, its own triggers on.
    Source: PostgreSQL manual, "pg_constraint"; the triggers of a constraint by `tgconstraint`.
    """
    pairs = zip(_tied(context), _rows(session, context), strict=True)
    findings = [f for (guard, reference), row in pairs for f in _judge_key(guard, reference, row)]
    findings = findings or [holds("foreign key", "no guarded table is meant to have one")]
    bad = [finding.detail for finding in findings if finding.status is not Status.OK]
    summary = bad[0] if bad else "Every foreign key is present, validated and enforced"
    return CheckResult(CHECK.name, tuple(findings), summary)


def enforced(session: Session, context: Context) -> frozenset[str]:
    """Of which tables is every new row's pair compared?"""
    off = ("lacking", "unenforced", "disabled")
    rows = _rows(session, context)
    return frozenset(r["table_name"] for r in rows if r["name"] and not any(r[w] for w in off))


def _rows(session: Session, context: Context) -> tuple[Row, ...]:
    return once(session, context, "checks/foreign_key", **_values(context))


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


def _judge_key(guard: Guard, reference: Reference, row: Row) -> list[Finding]:
    """Is it there, does it hold everywhere, and is it as the reviewed one?"""
    if not row["table_exists"]:
        return [table_missing(guard, Status.CRITICAL)]
    if row["name"] is None:
        headline = f"{guard.table} has no foreign key"
        detail = f"the foreign key {guard.foreign_key} is missing on {guard.relation}"
        first = decision(  # nothing is unique that it could refer to
            f"({reference.id}, {reference.key}) must be unique in {guard.schema}.{reference.table} "
            "first: make it\nthe primary key, as sql/demo/10_tables.sql has it, then verify again"
        )
        add = constraints.add_foreign_key(guard) if row["referable"] else first
        return [critical(guard.relation, "foreign_key_missing", headline, detail, add, _DRIFT)]
    key, relation = f"the foreign key {row['name']}", guard.relation
    again = constraints.add_foreign_key(guard, replaced=row["name"])
    validate, enable = constraints.validate(relation, row["name"]), _enabled(row["disabled"])
    off, older = "has its own triggers switched off", "is NOT VALID: older rows may break it,"
    cases = (
        (critical, "lacking", "foreign_key_missing", "is missing", "is missing", again),
        (critical, "unenforced", "not_enforced", "is not enforced", "is NOT ENFORCED", again),
        (critical, "disabled", "triggers_off", "is switched off", off, enable),
        (warning, "unvalidated", "not_validated", "is not valid", older, validate),
    )
    findings = [
        _weak(judge, guard, row[which], code, short, f"{key} {words} on", remedy)
        for judge, which, code, short, words, remedy in cases
        if row[which]
    ]
    if lacking := _lacking(row):
        headline = f"the foreign key of {guard.table} {lacking[0][0]}"
        detail = f"{key} {', and '.join(f'{form}: {does}' for form, does in lacking)}"
        findings.append(warning(relation, "form_differs", headline, detail, again))
    findings += _judge_deletes(guard, row)
    return findings or [holds(relation, f"{key} is enforced everywhere")]


def _judge_deletes(guard: Guard, row: Row) -> list[Finding]:
    """May a trigger keep the rows that the cascade takes along? PostgreSQL does not look again."""
    pairs = zip(row["before_delete"], row["before_delete_bodies"], strict=True)
    keeping = [trigger for trigger, body in pairs if keeps_deleted(body)]
    if not (row["cascades"] and keeping):
        return []
    headline = f"a trigger may keep deleted rows of {guard.table}"
    detail = (
        f"the trigger {', '.join(keeping)} on {guard.relation} may keep a row that is deleted: by "
        f"the cascade of {row['name']} it then stays without the row that it refers to"
    )
    off = "\n".join(f"alter table {guard.relation} disable trigger {quoted(t)};" for t in keeping)
    remedy = by_hand(
        "look at what it returns for a delete, then perhaps switch it off", off, comment=True
    )
    return [warning(guard.relation, "deleted_rows_kept", headline, detail, remedy, _ORPHANS)]


def _lacking(row: Row) -> list[tuple[str, str]]:
    """Does it wait for the commit, and take the rows along that refer to a deleted one?"""
    forms = (
        (row["deferrable"], "is NOT DEFERRABLE", _REFUSED),
        (row["deferred"] or not row["deferrable"], "is INITIALLY IMMEDIATE", _REFUSED),
        (row["cascades"], "is without ON DELETE CASCADE", "what is referred to cannot be deleted"),
    )
    return [(form, does) for good, form, does in forms if not good]


def _enabled(relations: list[str]) -> Remedies:
    """Switches its triggers on again, which a superuser alone may."""
    on = [f"alter table {relation} enable trigger all;" for relation in relations]
    off = [f"alter table only {relation} disable trigger all;" for relation in relations]
    return statements(
        "\n".join(["-- as a superuser:", *on]),
        lock=locks.ENABLES,
        undo=taken_back(off, "disable in place of enable"),
        superuser=True,
    )


def _weak(
    judge: Callable[..., Finding],
    guard: Guard,
    where: list[str],
    code: str,
    short: str,
    words: str,
    remedy: Remedies,
) -> Finding:
    """That it does not hold in one way on these relations; `short` in the headline."""
    alone = where[0] if len(where) == 1 else None
    on = f" on {unqualified(alone) if alone else plural(len(where), 'relation')}"
    headline = f"the foreign key of {guard.table} {short}" + on * (alone != guard.relation)
    means = _DRIFT if judge is critical else None
    detail = f"{words} {places(where)}"
    return judge(alone or guard.relation, code, headline, detail, remedy, means)


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
