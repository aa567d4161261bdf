"""How is a plan written down, to read, to run by hand, or to commit as a migration?

One text for all three: each step is a transaction of its own, with its reason, its lock and the
way back above it, and holds no command of psql's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lib.core.results import rfc3339
from lib.core.statements import patient, readable
from lib.remedies.constraints import LOCK_TIMEOUT
from lib.remedies.repeated_keys import leaving
from lib.repairs.plan.making import Action, Decision, Plan

EMPTY = "The plan is empty: there is nothing to repair."


def as_sql(found: Plan, *, made: datetime, leave_behind: Sequence[str] = ()) -> str:
    """The whole plan as one SQL text: each statement below its reason, lock and way back.

    It leaves those tables be whose rows repeat a key that nobody has declared.
    """
    report = found.report
    head = [
        f"-- Partition Watchtower, made {rfc3339(made)}"
        f" for {_line(report.database)}, PostgreSQL {_line(report.server_version)}.",
    ]
    if found.empty:
        return "\n".join([*head, f"-- {EMPTY}", ""])
    if found.actions:
        head += [
            "-- By hand: as the owner of the tables, from the top, and stop at an error:",
            "-- psql -v ON_ERROR_STOP=1 -f FILE",
            "-- It is for this database: a copy without these faults may refuse some of it.",
        ]
        if leave_behind:
            head += ["-- Rows of these tables stay behind, and no longer find theirs:"]
            head += [leaving(leave_behind).rstrip()]
    blocks = [_block(number, action) for number, action in enumerate(found.actions, 1)]
    if found.decisions:
        blocks.append(
            "-- Left to a person: nothing below is run.\n"
            + "\n".join(_decision(each) for each in found.decisions)
        )
    return "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"


def _block(number: int, action: Action) -> str:
    lines = [f"-- {number}. {_line(action.title)}"]
    lines += [f"-- Why      : {_line(why)}" for why in action.why]
    lines.append(f"-- Lock     : {_line(action.lock)}")
    if action.remedy.whose:
        lines.append(f"-- Text     : {_line(action.remedy.whose)}")
    if action.undo:
        lines.append(f"-- Roll back: {_line(readable(action.undo))}")
    lines += readable(action.remedy.changes).splitlines()
    text = readable(action.sql.rstrip())
    return "\n".join([*lines, text if action.file else patient(text, LOCK_TIMEOUT)])


def _decision(decision: Decision) -> str:
    lines = [f"-- Found    : {_line(decision.why)}", f"-- Choices  : {_line(decision.choices)}"]
    lines += [f"--   {line}" for line in readable(decision.sql or "").splitlines()]
    return "\n".join(lines)


def _line(text: str) -> str:
    """On one line: a name with a line break in it must not end the comment."""
    return " ".join(str(text).split())
