"""Which statements does a step have whatever was found? Those of a usual repair, and its way back.

Text to copy; nothing here runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from lib.checks import partition_coverage
from lib.checks.guarded_tables import guards_of
from lib.checks.maintenance import JOB
from lib.checks.partition_bounds import ranges
from lib.checks.partition_security import HISTORY_TABLE
from lib.core.context import rows_of
from lib.core.declaration import declared, required
from lib.core.guards import Guard
from lib.core.remedies import shown
from lib.core.results import Report
from lib.core.steps import Statement, Step
from lib.db.sql import literal, quoted
from lib.remedies import constraints as ties
from lib.remedies import remedies
from lib.remedies.horizon import AHEAD
from lib.remedies.new_months import make_months
from lib.remedies.remedies import ROLE
from lib.remedies.repairs import repair_keys


def usual(step: Step, report: Report | None, now: datetime) -> list[Statement]:
    """The statements of this step for this database's tables."""
    return _USUAL[step.slug](report, now) if step.slug in _USUAL else []


def _make(_: Report | None, now: datetime) -> list[Statement]:
    return [
        Statement(
            f"The current {guard.parts.noun} and {AHEAD} ahead of {guard.relation}",
            shown(make_months(guard, guard.parts.at(now), _last_made(guard, now))),
        )
        for guard in required()
        if guard.partitioned
    ]


def _close(report: Report | None, now: datetime) -> list[Statement]:
    return [
        Statement(relation, remedies.secure_relation(relation))
        for guard in required()
        if guard.partitioned
        for relation in [_newest(guard, report, now)]
    ]


def _tie(*_: object) -> list[Statement]:
    return [
        Statement(f"The foreign key {guard.foreign_key}", shown(ties.add_foreign_key(guard)))
        for guard in required()
        if guard.foreign_key
    ]


def _repair(report: Report | None, _: datetime) -> list[Statement]:
    guards = guards_of(report)
    return [
        Statement(
            f"The keys of {guard.relation}, of all history",
            shown(repair_keys(guard, None, guards)),
        )
        for guard in guards
    ]


def _forbid(*_: object) -> list[Statement]:
    return [
        Statement(f"{guard.relation}.{guard.key}", shown(ties.forbid_nulls(guard)))
        for guard in required()
    ]


def _switch_off(*_: object) -> list[Statement]:
    return [
        Statement(
            f"The {guard.noun} guard",
            f"alter table {_table(guard)}\n  disable trigger {quoted(guard.trigger)};",
        )
        for guard in required()
    ]


def _drop_newest(report: Report | None, now: datetime) -> list[Statement]:
    """The newest month of each table, those that refer to another first."""
    referring_first = sorted(declared(), key=lambda guard: guard.reference is None)
    return [
        Statement(relation, _drop_if_empty(guard, relation))
        for guard in referring_first
        if guard.partitioned
        for relation in [_newest(guard, report, now)]
    ]


def _newest(guard: Guard, report: Report | None, now: datetime) -> str:
    """The partition with the highest bound; where that is not known, what the routine makes."""
    tables = {} if report is None else partition_coverage.CHECK.of(report).tables
    parts = ranges(rows_of(guard.table, tables.get("partitions", ())))
    if parts:
        return parts[-1].relation
    return remedies.partition_of(guard, _last_made(guard, now))


def _last_made(guard: Guard, now: datetime) -> date:
    """The last period for which the routine makes a partition."""
    return guard.parts.after(guard.parts.at(now), AHEAD)


def _drop_if_empty(guard: Guard, relation: str) -> str:
    return (
        "begin;\n"
        f"lock table {relation} in access exclusive mode;\n"
        "do $empty$\n"
        "begin\n"
        f"  if exists (select from {relation}) then\n"
        f"    raise exception 'not empty: {relation.replace(chr(39), chr(39) * 2)}';\n"
        "  end if;\n"
        "end\n"
        "$empty$;\n"
        f"alter table {_table(guard)} detach partition {relation};\n"
        f"drop table {relation};\n"
        "commit;"
    )


def _loosen(*_: object) -> list[Statement]:
    keys = [
        Statement(
            f"The foreign key {guard.foreign_key}",
            f"alter table {_table(guard)} drop constraint {quoted(guard.foreign_key)};",
        )
        for guard in declared()
        if guard.foreign_key
    ]
    nulls = [
        Statement(
            f"NOT NULL of {guard.relation}.{guard.key}",
            f"alter table {_table(guard)}\n  alter column {quoted(guard.key)} drop not null;",
        )
        for guard in required()
    ]
    return [*keys, *nulls]


def _revoke(report: Report | None, _: datetime) -> list[Statement]:
    relations = [*(_table(guard) for guard in guards_of(report)), f"public.{HISTORY_TABLE}"]
    policies = [
        *(f"drop policy if exists {ROLE}_reads on {relation};" for relation in relations),
        f"drop policy if exists {ROLE}_writes on public.{HISTORY_TABLE};",
    ]
    revokes = [f"revoke all on {relation} from {ROLE};" for relation in relations]
    return [Statement(f"The role {ROLE}", "\n".join([*policies, *revokes]))]


_ONE_LOAD = Statement(
    "As a superuser, for one transaction",
    "begin;\n"
    "set local session_replication_role = replica;\n"
    "-- the load, with the right keys in it\n"
    "commit;",
)
_UNSCHEDULE = Statement("The job", f"select cron.unschedule({literal(JOB)});")
_ROLL_BACK = Statement("In the open transaction, instead of commit", "rollback;")
_USUAL: Mapping[str, Callable[[Report | None, datetime], list[Statement]]] = {
    "make-partitions": _make,
    "close-partitions": _close,
    "restore-foreign-key": _tie,
    "repair-keys": _repair,
    "forbid-null-keys": _forbid,
    "undo-triggers": _switch_off,
    "undo-partitions": _drop_newest,
    "undo-constraints": _loosen,
    "undo-settings": lambda *_: [_ONE_LOAD],
    "undo-schedule": lambda *_: [_UNSCHEDULE],
    "undo-rights": _revoke,
    "undo-keys": lambda *_: [_ROLL_BACK],
}


def _table(guard: Guard) -> str:
    return f"{quoted(guard.schema)}.{quoted(guard.table)}"
