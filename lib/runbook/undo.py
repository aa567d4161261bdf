"""Which statements take a mend back? Text to copy; nothing here runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lib.checks import partition_coverage
from lib.checks.guarded_tables import guards_of
from lib.checks.maintenance import JOB
from lib.checks.partition_bounds import ranges
from lib.checks.partition_security import HISTORY_TABLE
from lib.core.context import following, rows_of
from lib.core.guards import GUARDS, REQUIRED, Guard
from lib.core.results import Report
from lib.core.steps import Statement, Step
from lib.db.sql import literal, quoted

_ROLE = "watchtower"
_AHEAD = 3  # months that the maintenance routine makes beyond the current one


def taking_back(step: Step, report: Report | None, now: datetime) -> list[Statement]:
    """Which statements does this step of the roll-back have?"""
    return _TAKING_BACK[step.slug](report, now) if step.slug in _TAKING_BACK else []


def _switch_off(*_: object) -> list[Statement]:
    return [
        Statement(
            f"The {guard.noun} guard",
            f"alter table {_table(guard)}\n  disable trigger {quoted(guard.trigger)};",
        )
        for guard in REQUIRED
    ]


def _drop_newest(report: Report | None, now: datetime) -> list[Statement]:
    """The newest month of each table, those that refer to another first."""
    referring_first = sorted(GUARDS, key=lambda guard: guard.reference is None)
    return [
        Statement(relation, _drop_if_empty(guard, relation))
        for guard in referring_first
        if guard.partitioned
        for relation in [newest(guard, report, now)]
    ]


def newest(guard: Guard, report: Report | None, now: datetime) -> str:
    """The partition with the highest bound; where that is not known, what the routine makes."""
    tables = {} if report is None else partition_coverage.CHECK.of(report).tables
    parts = ranges(rows_of(guard.table, tables.get("partitions", ())))
    if parts:
        return parts[-1].relation
    month = now.astimezone(UTC).date().replace(day=1)
    for _ in range(_AHEAD):
        month = following(month)
    return f"{quoted(guard.schema)}.{quoted(f'{guard.table}_{month:%Y_%m}')}"


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
        for guard in GUARDS
        if guard.foreign_key
    ]
    nulls = [
        Statement(
            f"NOT NULL of {guard.relation}.{guard.key}",
            f"alter table {_table(guard)}\n  alter column {quoted(guard.key)} drop not null;",
        )
        for guard in REQUIRED
    ]
    return [*keys, *nulls]


def _one_load(*_: object) -> list[Statement]:
    return [
        Statement(
            "As a superuser, for one transaction",
            "begin;\n"
            "set local session_replication_role = replica;\n"
            "-- the load, with the right keys in it\n"
            "commit;",
        )
    ]


def _unschedule(*_: object) -> list[Statement]:
    return [Statement("The job", f"select cron.unschedule({literal(JOB)});")]


def _revoke(report: Report | None, _: datetime) -> list[Statement]:
    relations = [*(_table(guard) for guard in guards_of(report)), f"public.{HISTORY_TABLE}"]
    policies = [
        *(f"drop policy if exists {_ROLE}_reads on {relation};" for relation in relations),
        f"drop policy if exists {_ROLE}_writes on public.{HISTORY_TABLE};",
    ]
    revokes = [f"revoke all on {relation} from {_ROLE};" for relation in relations]
    return [Statement(f"The role {_ROLE}", "\n".join([*policies, *revokes]))]


def _roll_back(*_: object) -> list[Statement]:
    return [Statement("In the open transaction, instead of commit", "rollback;")]


_TAKING_BACK: Mapping[str, Callable[[Report | None, datetime], list[Statement]]] = {
    "undo-triggers": _switch_off,
    "undo-partitions": _drop_newest,
    "undo-constraints": _loosen,
    "undo-settings": _one_load,
    "undo-schedule": _unschedule,
    "undo-rights": _revoke,
    "undo-keys": _roll_back,
}


def _table(guard: Guard) -> str:
    return f"{quoted(guard.schema)}.{quoted(guard.table)}"
