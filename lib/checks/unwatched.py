"""Does this database have what is watched at all: tables that are partitioned, or guarded?

Where it has none, one finding says so, and every other check does not apply: what they would
find and repair is there only in a database of the other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib.checks import guard_triggers, partition_coverage, rpc_answers
from lib.checks.parameters import lists
from lib.checks.rpc_answers import untrue
from lib.core.context import Context
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.findings import critical
from lib.core.remedies import decision
from lib.core.results import CheckResult, Row, not_applicable
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
    first, *more = kinds
    words = f"{first} does not exist{''.join(f', nor does {each}' for each in more)}"
    headline, means, made = "none of the guarded tables exists here", _NOTHING, _MADE
    if any(kinds.values()):
        are = f"{'are' if more else 'is'} not partitioned and not guarded"
        words = f"{listed(each + _KINDS.get(kinds[each], _OTHERWISE) for each in kinds)} {are}"
        headline, means, made = f"{listed(map(unqualified, kinds))} {are}", _MEANS, _ANEW
    told = _told(answers.tables["answers"])
    detail = f"{words}: this database does not have what this watches{told}"
    decide = decision(_DECIDE.format(made))
    finding = critical(listed(kinds), "nothing_watched", headline, detail, decide, means)
    only = CheckResult(guard_triggers.CHECK.name, (finding,), _WHY)
    # What the RPCs answered is kept: the body of a verification has it.
    apart = replace(answers, findings=(), summary=_WHY, applies=False)
    return {only.check: only, apart.check: apart}


def _kinds(session: Session, context: Context) -> Mapping[str, str | None]:
    """What stands under each table's name, where none is partitioned or guarded; else nothing."""
    if any(row["kind"] == "p" for row in partition_coverage.observe(session, context)):
        return {}
    watched = replace(context, guards=tuple(g for g in context.guards if g.partitioned))
    values = lists(watched, "triggers", "functions", "keys")
    rows = session.rows("checks/unwatched", **values)
    if any(row["guarded"] for row in rows):
        return {}
    pairs = zip(watched.guards, rows, strict=True)
    return {guard.relation: row["kind"] for guard, row in pairs}


def _told(answers: tuple[Row, ...]) -> str:
    """What do the RPCs answer there that were called just now?"""
    true, false = list[str](), list[str]()
    for row in (row for row in answers if row["called"]):
        if row["answer"] is True or untrue(row["answer"]) is None:
            true.append(f"{row['rpc']}()")
        elif row["answer"] is False or isinstance(row["answer"], dict):
            false.append(f"{row['rpc']}()")
    return "".join(
        f"; {listed(rpcs)} {'say' if rpcs[1:] else 'says'} {what}"
        for rpcs, what in ((true, "true, which is wrong"), (false, "false, rightly"))
        if rpcs
    )


def does_not_apply(check: str) -> CheckResult:
    """What any other check says there."""
    return not_applicable(check, _WHY)
