"""Which statements repair what a report found, in which order, and what must a person decide?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from lib import runbook
from lib.checks import rpc_answers, wrong_keys
from lib.core.remedies import BY_HAND, Kind, Remedies, Remedy, whole_file
from lib.core.results import Finding, Report
from lib.core.steps import Step
from lib.core.words import sentence
from lib.db import sql
from lib.remedies.remedies import RPC_FILE, partition_of
from lib.repairs.plan.files import absent, after_needed
from lib.repairs.plan.locking import lock_of
from lib.repairs.plan.months import attached_as_well, careful, moved_as_well, together, unseen
from lib.repairs.plan.proving import lost, needs_table, possible, without_proof
from lib.repairs.plan.reversing import undo_of
from lib.runbook import Live

_FILES = frozenset(f"sql/setup/{path.name}" for path in sql.setup_files())
_KEYS = runbook.step_of(wrong_keys.CHECK.name)
_SEE = "No statement here repairs it: see the runbook."


@dataclass(frozen=True)
class Action:
    """One thing to run. `step` is the runbook's, `why` what was found, `sql` whole statements.

    `file` names the canonical file of sql/setup whose text this is; `remedy` is what it is made of.
    """

    step: str
    title: str
    why: tuple[str, ...]
    sql: str
    lock: str
    undo: str
    file: str | None = None
    remedy: Remedy = field(default=Remedy(Kind.STATEMENTS), compare=False)


@dataclass(frozen=True)
class Decision:
    """Something that a person must decide: what was found, the choices, SQL that shows more.

    `replaces` names the function in whose place this SQL puts another text, where it does, and
    `as_it_was` is the digest of one from the history. What has no remedy none of its choices
    `repairs`.
    """

    why: str
    choices: str
    sql: str | None = None
    replaces: str = ""
    as_it_was: str = ""
    attaches: tuple[str, ...] = field(default=(), compare=False)
    repairs: bool = field(default=True, compare=False)

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
    """What would repair the database of this report? Empty for a healthy one."""

    report: Report
    actions: tuple[Action, ...]
    decisions: tuple[Decision, ...]

    @property
    def empty(self) -> bool:
        """Is there nothing to do and nothing to decide?"""
        return not self.actions and not self.decisions


def plan(report: Report, decided: frozenset[str] = frozenset()) -> Plan:
    """Which statements, in which order, repair what this report found?

    `decided` names the functions of which it was decided that their text is to be replaced, and
    texts of the history, by digest, that somebody has read.
    """
    lives = runbook.due(report)
    parts = [
        part
        for live in lives
        for finding in live.findings
        if not needs_table(finding.remedies, report)
        for part in _parts(live, finding, _prepared(finding.remedies, report), decided)
    ]
    steps = [live.step.slug for live in lives]
    actions = [part for part in parts if isinstance(part, Action)]
    merged = _merged(_without_moved(sorted(actions, key=lambda action: _turn(action, steps))))
    decisions = [part for part in parts if isinstance(part, Decision)]
    left = tuple(each for each in _asked_once(decisions) if not _answered(each, merged))
    if not merged and not left:
        parts = list(_untrue_rpcs(report, decided))
        merged = _merged(part for part in parts if isinstance(part, Action))
        left = tuple(_asked_once(part for part in parts if isinstance(part, Decision)))
    return Plan(report, merged, left)


def _prepared(remedies: Remedies, report: Report) -> Remedies:
    """The same, which need nothing that is not there before them."""
    hidden, unproven, missing = unseen(report), lost(report), absent(report)
    found: list[Remedy] = []
    for remedy in remedies:
        own = [each for part in careful(remedy, hidden) for each in possible(part, report)]
        if unproven:
            own = [each for part in own for each in without_proof(part)]
        found.append(together(tuple(own)) if own[1:] else own[0])
    return tuple(after_needed(each, missing) for each in found)


def _asked_once(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """One question about one function, whichever checks came upon it."""
    known: dict[Decision, list[Decision]] = {}
    for decision in decisions:
        one = decision.replaces or decision.as_it_was
        key = replace(decision, why="") if one else decision
        known.setdefault(key, []).append(decision)
    return tuple(
        replace(alike[-1], why="; ".join(_once(each.why for each in alike)))
        for alike in known.values()
    )


def _turn(action: Action, steps: list[str]) -> tuple[int, bool, bool]:
    """The steps in their order; within one, what moves out of DEFAULT makes room for its month.

    And a row of a table that refers to another is right or wrong by that one.
    """
    repair = action.remedy.repair
    follows = repair is not None and repair.guard.reference is not None
    place = steps.index(action.step) if action.step in steps else len(steps)
    return place, action.remedy.makes is not None, follows


def _without_moved(actions: list[Action]) -> list[Action]:
    """What moves a month's rows makes its partition as well: nothing else need make that."""
    moves = {name: n for n, each in enumerate(actions) for name in each.remedy.attaches}
    kept: dict[int, Action] = dict(enumerate(actions))
    for n, action in enumerate(actions):
        last = moved_as_well(action.remedy, moves)
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
    """Is the other all in this one: the same text, what a file does too, recent rows among all?"""
    if one.sql == other.sql or attached_as_well(one.remedy, other.remedy):
        return True
    if one.file and other.remedy.anew_in == one.file:
        return True
    whole, part = one.remedy.repair, other.remedy.repair
    return whole is not None and part is not None and whole == replace(part, since=None)


def _answered(decision: Decision, actions: tuple[Action, ...]) -> bool:
    """Does an action settle it already: the same finding, or the very table that it attaches?"""
    whys = {why for action in actions for why in action.why}
    if not decision.repairs and decision.why in whys:
        return True
    attached = {name for action in actions for name in action.remedy.attaches}
    return bool(attached & set(decision.attaches))


def _untrue_rpcs(report: Report, decided: frozenset[str]) -> Iterator[Action | Decision]:
    """An RPC that says no although nothing else is wrong is itself what is wrong."""
    live = runbook.live(runbook.step_of(rpc_answers.CHECK.name), report)
    known = rpc_answers.CHECK.of(report).tables.get("instead", ())
    own = {row["subject"]: row["remedies"] for row in known}
    for finding in live.findings:
        remedies = own.get(finding.subject) or whole_file("", RPC_FILE)
        yield from _parts(live, finding, _prepared(remedies, report), decided)


def _parts(
    live: Live, finding: Finding, remedies: Remedies, decided: frozenset[str] = frozenset()
) -> Iterator[Action | Decision]:
    """What this finding asks for: files, statements, decisions."""
    if not remedies:
        yield Decision(finding.detail, _SEE, repairs=False)
    for remedy in remedies:
        match remedy.kind:
            case Kind.FILE if ours := [path for path in remedy.files if path in _FILES]:
                yield from (_action(live, finding, remedy, file=path) for path in ours)
            case Kind.STATEMENTS:
                yield _action(live, finding, remedy)
            case Kind.DECISION if {remedy.replaces, remedy.as_it_was} & decided:
                for path in remedy.files or (None,):
                    yield _action(live, finding, remedy, file=path)
            case Kind.WORDS if remedy.follows:
                continue
            case _:
                yield _decision(finding, remedy)


def _decision(finding: Finding, remedy: Remedy) -> Decision:
    """What a person has to decide, or to do by hand."""
    choices, shown = remedy.line, remedy.below
    if remedy.kind in (Kind.DECISION, Kind.BY_HAND):
        choices = sentence(choices)
    if remedy.choices or not choices:
        choices, shown = remedy.choices or BY_HAND, remedy.text
    return Decision(
        finding.detail,
        choices,
        shown or None,
        remedy.replaces,
        remedy.as_it_was,
        attaches=remedy.attaches,
    )


def _action(live: Live, finding: Finding, remedy: Remedy, *, file: str | None = None) -> Action:
    step = step_for(live.step, remedy)
    own = runbook.step_of_file(file, step) if file else step
    return Action(
        step.slug,
        f"{own.title}: {file or _attached(remedy) or finding.subject}",
        (finding.detail,),
        sql.setup_file(file) if file else remedy.whole,
        lock_of(own.slug, remedy),
        undo_of(own, remedy),
        file,
        remedy,
    )


def step_for(step: Step, remedy: Remedy) -> Step:
    """To which step does this remedy belong? Keys to theirs, whichever check came upon them."""
    return _KEYS if remedy.repair else step


def _attached(remedy: Remedy) -> str:
    """Which partition does it attach or make? The first one: DEFAULT comes back after it."""
    if (made := remedy.makes) and len(made.months) == 1:
        return partition_of(made.guard, made.months[0])
    return next(iter(remedy.attaches), "")


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
