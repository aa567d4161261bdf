"""Which statements mend what a report found, in which order, and what must a person decide?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lib import runbook
from lib.checks import guard_triggers, rpc_answers, wrong_keys
from lib.checks.telling import errand
from lib.core.results import Finding, Report
from lib.core.words import sentence
from lib.db import sql
from lib.remedies.new_months import made_by
from lib.remedies.remedies import GUARDS_FILE, MAKE_PARTITIONS, partition_of
from lib.remedies.repairs import asked
from lib.repairs.plan.files import absent, after_needed
from lib.repairs.plan.locking import lock_of
from lib.repairs.plan.months import ATTACHED, attached_as_well, careful, moved_as_well, unseen
from lib.repairs.plan.proving import lost, needs_table, possible, without_proof
from lib.repairs.plan.reversing import undo_of
from lib.runbook import Live, Step

_FILE = re.compile(r"^-- sql/setup/(\w+)\.sql$", re.MULTILINE)
_DECISION = re.compile(r"^-- a decision:", re.MULTILINE)
_ATTACHES = re.compile(r"attach partition (.+?)\s*$", re.MULTILINE)
_FILES = frozenset(path.stem for path in sql.setup_files())
_RPCS = "40_rpcs"
_ALTERS_FUNCTION = re.compile(r"(?:alter|revoke all on) function ([^(]+\()")
_REPLACES = re.compile(r"python -m lib apply --yes --replace (\S+)$")
_CONDITION = re.compile(r"-- ((?:look at|first a|as its owner, if) .+):\n")
_KEYS = runbook.step_of(wrong_keys.CHECK.name)
_EITHER = "is not wanted, detach it instead"
# The routine may be an older one: the schedule calls it, and a plan makes months without it.
_BY_HAND = ("-- run each line that this prints", MAKE_PARTITIONS)
_SEE = "Nothing here mends it: see the runbook."
_FROM_ITSELF = (
    "mend what the other findings name",
    f"as {guard_triggers.CHECK.name} says",
    "see those checks",
    "verify: that asks it again",
)


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
    """Something that a person must decide: what was found, the choices, SQL that shows more.

    `replaces` names the function in whose place this SQL puts another text, where it does.
    """

    why: str
    choices: str
    sql: str | None = None
    replaces: str = ""

    @property
    def told(self) -> str:
        """What was found and the choices, where the SQL is not shown beside them."""
        words = f"{self.why}. {self.choices.rstrip('.:')}"
        shown = "" if self.sql is None else "python -m lib plan shows the SQL"
        if words.endswith("?"):
            return f"{words} {shown}.".removesuffix(" .")
        return f"{words} ({shown})." if shown else f"{words}."


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


def plan(report: Report, decided: frozenset[str] = frozenset()) -> Plan:
    """Which statements, in which order, mend what this report found?

    `decided` names the functions of which it was decided that their text is to be replaced.
    """
    lives = runbook.due(report)
    parts = [
        part
        for live in lives
        for finding in live.findings
        if not needs_table(finding.remedy or "", report)
        for part in _parts(live, _prepared(finding, report), decided)
    ]
    steps = [live.step.slug for live in lives]
    actions = [part for part in parts if isinstance(part, Action)]
    merged = _merged(_without_moved(sorted(actions, key=lambda action: _turn(action, steps))))
    decisions = [part for part in parts if isinstance(part, Decision)]
    left = tuple(each for each in _asked_once(decisions) if not _answered(each, merged))
    if not merged and not left:
        merged = _merged(_untrue_rpcs(report))
    return Plan(report, merged, left)


def _prepared(finding: Finding, report: Report) -> Finding:
    """The same finding, whose remedy needs nothing that is not there before it."""
    text = possible(careful(finding.remedy or "", unseen(report)), report)
    if text and lost(report):
        text = without_proof(text)
    return replace(finding, remedy=after_needed(text, absent(report)))


def _asked_once(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """One question about one function, whichever checks came upon it."""
    known: dict[Decision, Decision] = {}
    for decision in decisions:
        key = replace(decision, why="") if decision.replaces else decision
        before = known.setdefault(key, decision)
        if decision.why not in before.why:
            known[key] = replace(decision, why=f"{before.why}; {decision.why}")
    return tuple(known.values())


def _turn(action: Action, steps: list[str]) -> tuple[int, bool, bool]:
    """The steps in their order; within one, what moves out of DEFAULT makes room for its month.

    And a row of a table that refers to another is right or wrong by that one.
    """
    repair = asked(action.sql)
    follows = repair is not None and repair.guard.reference is not None
    place = steps.index(action.step) if action.step in steps else len(steps)
    return place, made_by(action.sql) is not None, follows


def _without_moved(actions: list[Action]) -> list[Action]:
    """What moves a month's rows makes its partition as well: nothing else need make that."""
    moves = {name: n for n, each in enumerate(actions) for name in ATTACHED.findall(each.sql)}
    kept: dict[int, Action] = dict(enumerate(actions))
    for n, action in enumerate(actions):
        last = moved_as_well(action.sql, set(moves))
        if last is not None:
            mover = kept[moves[last]]
            kept[moves[last]] = replace(mover, why=_once((*mover.why, *action.why)))
            del kept[n]
    return list(kept.values())


def _merged(actions: Iterable[Action]) -> tuple[Action, ...]:
    """What another one does as well stands once, with every reason."""
    known: list[Action] = []
    for action in actions:
        for place, other in enumerate(known):
            if _holds(other, action):
                known[place] = replace(other, why=_once((*other.why, *action.why)))
                break
            if _holds(action, other):
                known[place] = replace(action, why=_once((*other.why, *action.why)))
                break
        else:
            known.append(action)
    return tuple(known)


def _holds(one: Action, other: Action) -> bool:
    """Is the other all in this one: the same text, a part of the file, recent rows among all?"""
    if one.sql == other.sql or attached_as_well(one.sql, other.sql):
        return True
    if one.file and (other.sql in one.sql or _makes_anew(one, other)):
        return True
    whole, part = asked(one.sql), asked(other.sql)
    return whole is not None and part is not None and whole == part._replace(since=None)


def _makes_anew(file: Action, other: Action) -> bool:
    """Does the file make the function that the other one alters, closed and in one form alone?

    That of the guards leaves alone what it does not know.
    """
    named = None if file.file == GUARDS_FILE else _ALTERS_FUNCTION.match(other.sql)
    made = f"create (?:or replace )?function {re.escape(named[1])}" if named else ""
    return bool(made) and re.search(made, file.sql) is not None


def _answered(decision: Decision, actions: tuple[Action, ...]) -> bool:
    """Does an action settle it already: the same finding, or the very table that it attaches?"""
    whys = {why for action in actions for why in action.why}
    if decision.choices == _SEE and decision.why in whys:
        return True
    attached = {name for action in actions for name in _ATTACHES.findall(action.sql)}
    return bool(attached & set(_ATTACHES.findall(decision.sql or "")))


def _untrue_rpcs(report: Report) -> Iterator[Action]:
    """An RPC that says no although nothing else is wrong is itself what is wrong."""
    live = runbook.live(runbook.step_of(rpc_answers.CHECK.name), report)
    for finding in live.findings:
        own = replace(finding, remedy=f"-- sql/setup/{_RPCS}.sql")
        yield from (
            part for part in _parts(live, _prepared(own, report)) if isinstance(part, Action)
        )


def _parts(
    live: Live, finding: Finding, decided: frozenset[str] = frozenset()
) -> Iterator[Action | Decision]:
    """What this finding asks for: files, statements, decisions."""
    text = finding.remedy
    if not text:
        yield Decision(finding.detail, _SEE)
        return
    if files := [name for name in _FILE.findall(text) if name in _FILES]:
        yield from (_of_file(live, finding, name) for name in files)
        return
    if told := errand(text):
        if not any(known in text for known in _FROM_ITSELF):
            yield Decision(finding.detail, told.words)
        return
    if _EITHER in text:
        yield Decision(finding.detail, "Detach the far-away partition, or make every month.", text)
        return
    if condition := _CONDITION.match(text):
        yield Decision(finding.detail, sentence(condition[1]), text[condition.end() :])
        return
    if text.startswith(_BY_HAND) or not _statements(text):
        yield Decision(finding.detail, "By hand, after a look.", text)
        return
    run, *asked_ = _DECISION.split(text)
    if run.strip():
        yield _action(live, finding, run.strip())
    for part in asked_:
        choices, _, shown = part.strip().partition("\n")
        named = _REPLACES.search(choices)
        if named and named[1] in decided:
            yield _action(live, finding, shown.strip())
            continue
        replaces = named[1] if named else ""
        yield Decision(finding.detail, sentence(choices.strip()), shown.strip() or None, replaces)


def _statements(text: str) -> bool:
    """Is there anything to run in it, besides comments?"""
    return any(line.strip() and not line.startswith("--") for line in text.splitlines())


def _of_file(live: Live, finding: Finding, name: str) -> Action:
    """The canonical file, whole."""
    return _action(live, finding, sql.load(f"setup/{name}"), file=f"sql/setup/{name}.sql")


def _action(live: Live, finding: Finding, text: str, *, file: str | None = None) -> Action:
    step = step_for(live.step, text)
    own = runbook.step_of_file(file, step) if file else step
    return Action(
        step.slug,
        f"{own.title}: {file or _attached(text) or finding.subject}",
        (finding.detail,),
        text,
        lock_of(own.slug, text, whole_file=bool(file)),
        undo_of(own, text, finding.detail, stood=_stood(live, text), whole_file=bool(file)),
        file,
    )


def step_for(step: Step, text: str) -> Step:
    """To which step does this remedy belong? Keys to theirs, whichever check came upon them."""
    return _KEYS if asked(text) else step


def _attached(text: str) -> str:
    """Which partition does it attach or make? The first one: DEFAULT comes back after it."""
    if (made := made_by(text)) and len(made.months) == 1:
        return partition_of(made.guard, made.months[0])
    found = ATTACHED.search(text)
    return found[1] if found else ""


def _stood(live: Live, text: str) -> bool:
    """Does one of these relations have a trigger already that this text takes the place of?"""
    rows = [row for check in live.checks for row in check.tables.get("triggers", ())]
    return any(
        row["live"] and f"create or replace trigger {row['trigger']}\n" in text for row in rows
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
