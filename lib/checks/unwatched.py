"""Does this database have what is watched at all: tables that are partitioned, or guarded?

Where it has none, one finding says so, and every other check does not apply: what they would
find and repair is there only in a database of the other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib.checks import guard_triggers, partition_coverage, rpc_answers
from lib.checks.rpc_answers import untrue
from lib.core.context import Context
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.remedies import decision
from lib.core.results import CheckResult, Finding, Row, Status, not_applicable
from lib.core.words import listed, unqualified
from lib.db.database import Session

_KINDS = {
    None: " (which does not exist)",
    "r": "",
    "f": " (a foreign table)",
    "v": " (a view)",
    "m": " (a materialized view)",
}
_OTHERWISE = " (no table)"
_MEANS = (
    "Keys are whatever the writer sends, and one table holds every month: there is no guard and no "
    "partition here to look at."
)
_NOTHING = "Nothing can be written to them or read from them, and there is nothing to look at."
_DECIDE = (
    "is this the database to watch? If not, let DATABASE_URL name the right one.\n"
    "If so, its tables must first be {}\n"
    "No plan does that. Then run sql/setup."
)
_ANEW = "made anew, partitioned by month as sql/demo/10_tables.sql\nhas them, and their rows moved."
_MADE = (
    "made, as sql/demo/10_tables.sql has them, or brought back\nfrom a backup where they were here."
)
_WHY = "No table here is partitioned or guarded"
_ABSENT = "none of the guarded tables exists here"


def unwatched(session: Session, context: Context) -> Mapping[str, CheckResult]:
    """What each check says where no table is partitioned or guarded. Empty in any other database.

    `guard_triggers` has the one finding. The RPCs are called all the same: what they answer stands
    in it. Where the tables cannot be looked at, the checks say so themselves.
    """
    try:
        kinds = _kinds(session, context)
        if not kinds:
            return {}
        answers = rpc_answers.run(session, context)
    except (QueryFailed, DatabaseUnreachable):
        return {}
    gone = not any(kinds.values())
    detail = (
        f"{_gone(kinds) if gone else _plain(kinds)}: this database does not have what this watches"
        f"{_told(answers.tables['answers'])}"
    )
    finding = Finding(
        listed(kinds),
        Status.CRITICAL,
        detail,
        decision(_DECIDE.format(_MADE if gone else _ANEW)),
        _NOTHING if gone else _MEANS,
        code="nothing_watched",
        headline=_ABSENT if gone else _not_guarded([unqualified(each) for each in kinds]),
    )
    only = CheckResult(guard_triggers.CHECK.name, (finding,), _WHY)
    # What the RPCs answered is kept: the body of a verification has it.
    apart = replace(answers, findings=(), summary=_WHY, applies=False)
    return {only.check: only, apart.check: apart}


def _kinds(session: Session, context: Context) -> Mapping[str, str | None]:
    """What stands under each table's name, where none is partitioned or guarded; else nothing."""
    if any(row["kind"] == "p" for row in partition_coverage.observe(session, context)):
        return {}
    guards = [guard for guard in context.guards if guard.partitioned]
    rows = session.rows(
        "checks/unwatched",
        schemas=[guard.schema for guard in guards],
        tables=[guard.table for guard in guards],
        triggers=[guard.trigger for guard in guards],
        functions=[guard.function for guard in guards],
        keys=[guard.key for guard in guards],
    )
    if any(row["guarded"] for row in rows):
        return {}
    return {guard.relation: row["kind"] for guard, row in zip(guards, rows, strict=True)}


def _plain(kinds: Mapping[str, str | None]) -> str:
    named = [f"{relation}{_KINDS.get(kind, _OTHERWISE)}" for relation, kind in kinds.items()]
    return _not_guarded(named)


def _not_guarded(named: list[str]) -> str:
    return f"{listed(named)} {'are' if named[1:] else 'is'} not partitioned and not guarded"


def _gone(kinds: Mapping[str, str | None]) -> str:
    first, *more = kinds
    return f"{first} does not exist{''.join(f', nor does {each}' for each in more)}"


def _told(answers: tuple[Row, ...]) -> str:
    """What do the RPCs answer there that were called just now?"""
    said = {f"{row['rpc']}()": row["answer"] for row in answers if row["called"]}
    true = [rpc for rpc, answer in said.items() if answer is True or untrue(answer) is None]
    false = [rpc for rpc, answer in said.items() if answer is False or isinstance(answer, dict)]
    false = [rpc for rpc in false if rpc not in true]
    return _saying(true, "true, which is wrong") + _saying(false, "false, rightly")


def _saying(rpcs: list[str], what: str) -> str:
    return f"; {listed(rpcs)} {'say' if rpcs[1:] else 'says'} {what}" if rpcs else ""


def does_not_apply(check: str) -> CheckResult:
    """What any other check says there."""
    return not_applicable(check, _WHY)
