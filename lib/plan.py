"""What would mend it, in which order, and why? Reviewed SQL alone; nothing here runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lib import runbook, sql
from lib.results import Finding, Report, rfc3339
from lib.runbook import Live
from lib.telling import in_words, sentence

_FILE = re.compile(r"^-- sql/setup/(\S+)\.sql$", re.MULTILINE)
_DECISION = re.compile(r"^-- a decision:", re.MULTILINE)
_RPCS = "40_rpcs"
_EITHER = "is not wanted, detach it instead"
_BY_HAND = ("-- run each line that this prints",)
_FROM_ITSELF = (
    "mend what the other findings name",
    "rename the trigger, as guard_triggers says",
    "see those checks",
    "verify: that asks it again",
)

# The strongest lock of each step of the runbook, and how long it may be held.
_BRIEF = "SHARE ROW EXCLUSIVE on the table and its partitions, for milliseconds: writers wait"
LOCKS = {
    "let-the-role-see": "ACCESS EXCLUSIVE on each table, for milliseconds, to change its policies",
    "restore-functions": "none on the tables; new rows use the new text from its commit on",
    "restore-triggers": _BRIEF,
    "make-partitions": (
        "ACCESS EXCLUSIVE on the DEFAULT partition while its rows are looked at; where rows of "
        "the month are in it, on both tables while these move"
    ),
    "close-partitions": "ACCESS EXCLUSIVE on the partition, for milliseconds",
    "schedule-maintenance": "none on the tables",
    "clear-settings": "none on the tables; open sessions keep the setting until they connect anew",
    "restore-foreign-key": (
        "SHARE ROW EXCLUSIVE on both tables while every row is compared: writers wait as long; "
        "in a quiet moment"
    ),
    "restore-rpcs": "none on the tables",
    "repair-keys": "the rows that are repaired, a batch at a time; other rows do not wait",
    "forbid-null-keys": "ACCESS EXCLUSIVE on the table while it is read for nulls: writers wait",
    "keep-the-history": "ACCESS EXCLUSIVE on watchtower_checks, for milliseconds",
}
_NO_LOCK = "none on the tables"


@dataclass(frozen=True)
class Action:
    """One thing to run. `step` is the runbook's, `why` what was found, `sql` whole statements.

    `file` names the canonical file of sql/setup whose text this is.
    """

    step: str
    title: str
    why: tuple[str, ...]
    sql: str
    lock: str
    undo: str
    file: str | None = None


@dataclass(frozen=True)
class Decision:
    """Something that a person must decide: what was found, the choices, SQL that shows more."""

    why: str
    choices: str
    sql: str | None = None


@dataclass(frozen=True)
class Plan:
    """What would mend the database of this report? Empty for a healthy one."""

    report: Report
    actions: tuple[Action, ...]
    decisions: tuple[Decision, ...]

    @property
    def empty(self) -> bool:
        """Is there nothing to do and nothing to decide?"""
        return not self.actions and not self.decisions


def plan(report: Report) -> Plan:
    """Which statements, in which order, mend what this report found?"""
    actions: dict[str, Action] = {}
    decisions: list[Decision] = []
    for live in runbook.due(report):
        for finding in live.findings:
            for part in _parts(live, finding):
                if isinstance(part, Decision):
                    decisions.append(part)
                elif known := actions.get(part.sql):
                    actions[part.sql] = replace(known, why=_once((*known.why, *part.why)))
                else:
                    actions[part.sql] = part
    if not actions and not decisions:
        actions = {action.sql: action for action in _untrue_rpcs(report)}
    return Plan(report, tuple(actions.values()), tuple(decisions))


def _untrue_rpcs(report: Report) -> Iterator[Action]:
    """An RPC that says no although nothing else is wrong is itself what is wrong."""
    live = runbook.live(runbook.step_of("rpc_answers"), report)
    for finding in live.findings:
        yield _action(live, finding, sql.load(f"setup/{_RPCS}"), f"sql/setup/{_RPCS}.sql")


def _parts(live: Live, finding: Finding) -> Iterator[Action | Decision]:
    """What this finding asks for: files, statements, decisions."""
    text = finding.remedy
    if text is None:
        yield Decision(finding.detail, "Nothing here mends it: see the runbook.")
        return
    if files := _FILE.findall(text):
        for name in files:
            yield _action(live, finding, sql.load(f"setup/{name}"), f"sql/setup/{name}.sql")
        return
    if words := in_words(text):
        if not any(known in text for known in _FROM_ITSELF):
            yield Decision(finding.detail, words)
        return
    if _EITHER in text:
        yield Decision(finding.detail, "Detach the far-away partition, or make every month.", text)
        return
    if text.startswith(_BY_HAND) or not _statements(text):
        yield Decision(finding.detail, "By hand, after a look.", text)
        return
    run, *asked = _DECISION.split(text)
    if run.strip():
        yield _action(live, finding, run.strip())
    for part in asked:
        choices, _, shown = part.strip().partition("\n")
        yield Decision(finding.detail, sentence(choices.strip()), shown.strip() or None)


def _statements(text: str) -> bool:
    """Is there anything to run in it, besides comments?"""
    return any(line.strip() and not line.startswith("--") for line in text.splitlines())


def _action(live: Live, finding: Finding, text: str, file: str | None = None) -> Action:
    step = live.step
    return Action(
        step.slug,
        f"{step.title}: {finding.subject}" if file is None else f"{step.title}: {file}",
        (finding.detail,),
        text,
        LOCKS.get(step.slug, _NO_LOCK),
        step.undo_words,
        file,
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def as_sql(found: Plan, *, made: datetime, migration: bool = False) -> str:
    """The whole plan as one SQL text: each statement below its reason, lock and way back.

    A migration stops before the first half-done step: psql's own commands stand only in the other.
    """
    report = found.report
    head = [
        f"-- Partition Watchtower, made {rfc3339(made)}"
        f" for {_line(report.database)}, PostgreSQL {_line(report.server_version)}.",
    ]
    if found.empty:
        return "\n".join([*head, "-- The plan is empty: there is nothing to mend.", ""])
    head.append("-- Run it as the owner of the tables, from the top; verify again afterwards.")
    if not migration:
        head += ["\\set ON_ERROR_STOP on", "set lock_timeout = '800ms';"]
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
    if action.undo:
        lines.append(f"-- Roll back: {_line(action.undo)}")
    return "\n".join([*lines, action.sql.rstrip()])


def _decision(decision: Decision) -> str:
    lines = [f"-- Found    : {_line(decision.why)}", f"-- Choices  : {_line(decision.choices)}"]
    lines += [f"--   {line}" for line in (decision.sql or "").splitlines()]
    return "\n".join(lines)


def _line(text: str) -> str:
    """On one line: a name with a line break in it must not end the comment."""
    return " ".join(str(text).split())
