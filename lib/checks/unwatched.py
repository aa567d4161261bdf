"""Does this database have what is watched at all: tables that are partitioned, or guarded?

Where it has neither, one finding says so, and every other check does not apply: what they would
find and mend is there only in a database of the other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib.checks import partitions, triggers
from lib.checks.context import Context, rows_of
from lib.checks.rpcs import rpc_answers, untrue
from lib.database import Session
from lib.errors import DatabaseUnreachable, QueryFailed
from lib.guards import Guard
from lib.results import CheckResult, Finding, Row, Status, not_applicable

_KINDS = {"r": "", "f": " (a foreign table)", "v": " (a view)", "m": " (a materialized view)"}
_MEANS = (
    "Keys are whatever the writer sends, and one table holds every month: there is no guard and no "
    "partition here to look at."
)
_DECIDE = (
    "-- a decision: is this the database to watch? If not, let DATABASE_URL name the right one.\n"
    "-- If so, its tables must first be made anew, partitioned by month as sql/demo/10_tables.sql\n"
    "-- has them, and their rows moved: no plan does that, and sql/setup comes after it."
)
_WHY = "The tables are neither partitioned nor guarded: there is nothing to look at"


def unwatched(session: Session, context: Context) -> Mapping[str, CheckResult]:
    """What each check says where no table is partitioned or guarded. Empty in any other database.

    `guard_triggers` has the one finding. The RPCs are called all the same: what they answer stands
    in it. Where the tables cannot be looked at, the checks say so themselves.
    """
    try:
        named = _plain_tables(session, context)
        if not named or _guarded(session, context):
            return {}
        answers = rpc_answers(session, context)
    except (QueryFailed, DatabaseUnreachable):
        return {}
    be = "are" if named[1:] else "is"
    detail = (
        f"{' and '.join(named)} {be} not partitioned and not guarded: this database does not have "
        f"what this watches{_told(answers.tables['answers'])}"
    )
    finding = Finding(" and ".join(named), Status.CRITICAL, detail, _DECIDE, _MEANS)
    only = CheckResult("guard_triggers", (finding,), "Neither partitioned nor guarded")
    # What the RPCs answered is kept: the body of a verification has it.
    apart = replace(answers, findings=(), summary=_WHY, applies=False)
    return {"guard_triggers": only, "rpc_answers": apart}


def _plain_tables(session: Session, context: Context) -> list[str]:
    """The tables by name, where at least one is there and none is partitioned; else nothing."""
    rows = partitions.observe(session, context)
    seen = {guard: rows_of(guard.table, rows)[:1] for guard in context.guards if guard.partitioned}
    if not any(seen.values()) or any(own and own[0]["kind"] == "p" for own in seen.values()):
        return []
    return [_named(guard, own) for guard, own in seen.items()]


def _named(guard: Guard, own: list[Row]) -> str:
    return guard.relation + (_KINDS.get(own[0]["kind"], "") if own else " (which does not exist)")


def _guarded(session: Session, context: Context) -> bool:
    """Is a trigger on them, or on a child of theirs, a guard's by its name or its function?"""
    tables = {guard.table for guard in context.guards if guard.partitioned}
    return any(
        row["trigger_name"] is not None and row["table_name"] in tables
        for row in triggers.observe(session, context)
    )


def _told(answers: tuple[Row, ...]) -> str:
    """What do the RPCs answer there that were called just now?"""
    said = {f"{row['rpc']}()": row["answer"] for row in answers if row["called"]}
    true = [rpc for rpc, answer in said.items() if answer is True or untrue(answer) is None]
    false = [rpc for rpc, answer in said.items() if answer is False or isinstance(answer, dict)]
    false = [rpc for rpc in false if rpc not in true]
    return _saying(true, "true, which is wrong") + _saying(false, "false, rightly")


def _saying(rpcs: list[str], what: str) -> str:
    return f"; {' and '.join(rpcs)} {'say' if rpcs[1:] else 'says'} {what}" if rpcs else ""


def does_not_apply(check: str) -> CheckResult:
    """What any other check says there."""
    return not_applicable(check, _WHY)
