"""Does each guard's function do its work, whatever its text says?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib.checks.check import Check, Group, Place, Query, always
from lib.checks.parameters import lists
from lib.core.context import Context, Verdict
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Report, Row, Status
from lib.core.words import plural
from lib.db.database import Session, once
from lib.db.sql import quoted
from lib.remedies import remedies
from lib.remedies.unobserved import LOCK_HELD, LOCKED_TRY
from lib.trials.around import around
from lib.trials.obstacles import excused, failed, name_of, prevented
from lib.trials.owners import blind_owner
from lib.trials.probe import ASTRAY, DENIED, REFUSED_WRITE, Case, Sample, Trial, cases, refuses
from lib.trials.references import reference, remedy
from lib.trials.reviewed import adopted
from lib.trials.sandbox import attempt, sample
from lib.trials.shipped import shipped
from lib.trials.strangers import strangers
from lib.trials.texts import leaves_no_trace, reading_of
from lib.trials.understood import Helper, Reading
from lib.trials.writers import widened

_MEANS = "New rows get a wrong month, or none; joins on the month key lose them."


@dataclass(frozen=True)
class _Answer:
    """What is said of one guard: the finding, what it proves, and the cases behind it."""

    finding: Finding
    behaves: bool | None = None
    trials: tuple[Trial, ...] = ()


def run(session: Session, context: Context) -> CheckResult | None:
    """What does each live function make of wrong, null and edge-of-month keys?

    Of a guard that believes the writer the rows are judged, by other checks, and not its function.

    Runs it on a temporary table, in a transaction that can write nothing else and is always
    rolled back. A refresh repeats the last verification's answer for as long as the definition
    is the same; of one that changed since then, whatever it says now, nothing is known.
    Tables: `probe` (table, case, given, expected, got, right), `verdicts` (function, definition,
    behaves: true, false, or null where that could not be told).
    """
    lives = definitions(session, context)
    if not context.verifying:
        return _carried(context, lives)
    places = observe(session, context)
    tried = [
        each for each in zip(context.guards, lives, places, strict=True) if each[0].sets == "always"
    ]
    answers = [
        _remedied(session, context, guard, live, _look(session, context, guard, place, live))
        for guard, live, place in tried
    ]
    verdicts = [
        Verdict(
            name_of(guard),
            definition_of(live),
            answer.behaves,
            answer.finding,
            tuple(trial.to_row(guard) for trial in _told(answer.trials)),
            refuses(guard, answer.trials),
        )
        for (guard, live, _), answer in zip(tried, answers, strict=True)
    ]
    return _result(verdicts)


def definitions(session: Session, context: Context) -> tuple[Row, ...]:
    """The live functions, as sql/checks/guard_functions.sql has them; one row a guard.

    Read once a run: what is tried is what its text is then judged by.
    """
    name = "checks/guard_functions"
    if name not in context.kept:
        rows = session.rows(name, **_functions(context))
        context.kept[name] = texts(session, context, rows, context.guards)
    return context.kept[name]


def texts(
    session: Session, context: Context, rows: Iterable[Row], guards: Sequence[Guard] = ()
) -> tuple[Row, ...]:
    """These functions with what they call, what is guarded, and whether they are adopted.

    Where those of the `guards` are all shipped, nobody has to read them by what is guarded.
    """
    called = calls(session, context)
    names = ("schema_name", "function_name")
    lives = [
        {**row, "calls": called.get(".".join(quoted(row[name]) for name in names), [])}
        for row in rows
    ]
    ours = bool(guards) and all(map(shipped, guards, lives))
    guarded = frozenset() if ours else relations(session, context)
    return tuple({**live, "guarded": guarded, "adopted": adopted(context, live)} for live in lives)


def _functions(context: Context) -> dict[str, Any]:
    return {
        **lists(context, "functions"),
        "parents": [g.reference.table if g.reference else "" for g in context.guards],
        "columns": [",".join(guard.fills) for guard in context.guards],
    }


def function_query(context: Context, _: Report | None) -> list[Query]:
    """By hand: what is tried, and what its text is judged by."""
    return [("checks/guard_functions", {}, _functions(context))]


def calls(session: Session, context: Context) -> dict[str, list[Helper]]:
    """What does each trigger's function call? By its name. Read once a run."""
    values = lists(context, "functions")
    rows = once(session, context, "checks/guard_behaviour_calls", **values)
    return {row["function"]: [_helper(**each) for each in row["calls"]] for row in rows}


def relations(session: Session, context: Context) -> frozenset[str]:
    """The guarded tables, their partitions and the views on them, by name. Read once a run."""
    rows = once(session, context, "checks/guard_behaviour_relations", **lists(context))
    return frozenset(row["relation_name"] for row in rows)


def _helper(names: list[str], settings: list[str], reached: list[str], **other: Any) -> Helper:
    other |= {"names": tuple(names), "settings": tuple(settings), "reached": tuple(reached)}
    return Helper(**other)


def definition_of(live: Row) -> str:
    """What tells this definition from every other? A digest of all that makes it behave."""
    parts = ("body", "security_definer", "settings", "language", "owner", "volatility", "calls")
    return digest(live[part] for part in parts)


def digest(parts: Iterable[object]) -> str:
    """What tells these parts from any others?"""
    return hashlib.sha256(json.dumps(list(parts), default=str).encode()).hexdigest()


def proven(result: CheckResult) -> Mapping[str, Verdict]:
    """What did a verification prove, by the digest of the definition?"""
    return {row["definition"]: row["verdict"] for row in result.tables.get("verdicts", ())}


def _carried(context: Context, lives: tuple[Row, ...]) -> CheckResult | None:
    """A proof holds for the very definition that was tried, and for no other."""
    tried = {verdict.function for verdict in context.proven.values()}
    verdicts = []
    for guard, live in zip(context.guards, lives, strict=True):
        digest, name = definition_of(live), name_of(guard)
        if (known := context.proven.get(digest)) is not None:
            verdicts.append(known)
        elif name in tried:
            verdicts.append(Verdict(name, digest, None, _changed(guard, live)))
    return _result(verdicts) if verdicts else None


def _changed(guard: Guard, live: Row) -> Finding:
    code, words, short = "function_changed", "changed since it was last verified", "has changed"
    if live["body"] is None:
        code, words, short = "function_missing", "does not exist any more", "does not exist"
    return Finding(
        name_of(guard),
        Status.UNKNOWN,
        f"{name_of(guard)} {words}",
        remedies.VERIFY,
        "What it was proven to do is no proof of what it does now.",
        code=code,
        headline=f"the {guard.noun} guard's function {short}",
    )


def _result(verdicts: list[Verdict]) -> CheckResult:
    right = sum(verdict.behaves is True for verdict in verdicts)
    rows = tuple(
        {
            "function": verdict.function,
            "definition": verdict.definition,
            "behaves": verdict.behaves,
            "verdict": verdict,
        }
        for verdict in verdicts
    )
    return CheckResult(
        CHECK.name,
        tuple(verdict.finding for verdict in verdicts),
        f"{right} of {len(verdicts)} functions were tried and set the right key",
        {"probe": tuple(row for verdict in verdicts for row in verdict.trials), "verdicts": rows},
    )


def _told(trials: tuple[Trial, ...]) -> list[Trial]:
    """Which tries are worth a row? Those in other surroundings are, where they came out wrong."""
    plain = {"fill": "none", "settings": {}}
    return [
        t
        for t in trials
        if t.right is not True
        or all(getattr(t.case, name) == value for name, value in plain.items())
    ]


def observe(session: Session, context: Context) -> tuple[Row, ...]:
    """May this role try the guards, as sql/checks/guard_behaviour.sql has it? One row a guard."""
    return session.rows(
        "checks/guard_behaviour",
        schemas=context.schemas,
        tables=context.tables,
        functions=[guard.function for guard in context.guards],
        parents=[g.reference.table if g.reference else "" for g in context.guards],
        columns=[",".join(guard.more_columns) for guard in context.guards],
    )


def wanted(
    guard: Guard,
    context: Context,
    samples: list[Sample],
    readings: Collection[Reading],
    spare: Iterable[str] = (),
) -> list[Case]:
    """Every case for this guard, in all surroundings, and around the constants of its texts.

    Where all that fires is known, and nothing is read, nobody has to look for the exceptions that
    it may make: only for what the policies of the parent make of the writer. An even text makes
    none that hangs on what other columns hold.
    """
    tried = cases(guard, context.now, samples)
    even = all(each.even and not each.doubtful(guard.key) for each in readings)
    compared = [] if even else [word for each in readings for word in each.compared]
    wider = widened(guard, tried, compared, spare)
    if not readings:
        return wider
    return [*wider, *around(guard, context.now, tried, compared, even=even)]


def _look(session: Session, context: Context, guard: Guard, place: Row, live: Row) -> _Answer:
    obstacle = prevented(guard, place, strangers(session, context, guard, place))
    if obstacle is not None:
        return _Answer(obstacle)
    try:
        samples = sample(session, guard, context.month, place["copied"])
    except QueryFailed:
        samples = []  # row_visibility says why; the unknown row can still be tried
    try:
        readings = [] if shipped(guard, live) else [reading_of(guard, live)]
        tried = wanted(guard, context, samples, readings)
        trials = attempt(session, guard, tried)
        if any(t.state == REFUSED_WRITE for t in trials) and leaves_no_trace(guard, live):
            written = attempt(session, guard, tried, writes=True)
            allowed = all(trial.state != DENIED for trial in written)
            trials = written if allowed else trials
    except QueryFailed as error:
        return _Answer(failed(guard, place, error))
    sampled = bool(samples) or guard.reference is None
    return _judge(guard, place, trials, sampled=sampled, adopted=live["adopted"])


def _judge(
    guard: Guard, place: Row, trials: tuple[Trial, ...], *, sampled: bool, adopted: bool
) -> _Answer:
    name, who = name_of(guard), f"the {guard.noun} guard"
    wrong = [trial for trial in trials if trial.right is False]
    states = {trial.state: trial.got for trial in reversed(trials) if trial.right is None}
    if REFUSED_WRITE in states:
        said = states[REFUSED_WRITE]
        detail = f"{name} writes elsewhere, which the probe forbids ({said}): its text decides"
        status = Status.OK if adopted else Status.WARNING  # somebody has read it then
        short = f"{who}'s function writes elsewhere"
        return _untold(guard, "writes_elsewhere", short, detail, trials, status)
    if ASTRAY in states:
        said = states[ASTRAY]
        detail = f"{name} takes the row for another one, of which the month is not known: {said}"
        return _untold(guard, "row_astray", f"{who} takes a row for another one", detail, trials)
    if not trials:
        detail = f"{name} was not tried: no row could be made to try it with"
        return _untold(guard, "not_tried", f"{who} could not be tried", detail, trials)
    if states:
        detail = f"{name} was not tried to the end: {LOCKED_TRY}"
        return _untold(guard, LOCK_HELD, f"{who} was not tried to the end", detail, trials)
    refused = [trial for trial in wrong if trial.state]
    if wrong and (len(refused) < len(wrong) or not _takes_ordinary(trials)):
        return _wrong(guard, place, wrong, trials)
    if refused:
        first = refused[0]
        detail = (
            f"{name} set the right key in {len(trials) - len(refused)} tries and refused "
            f"{plural(len(refused), 'row')}, loudly: {first.case.said}: {first.error}"
        )
        return _Answer(Finding(name, Status.OK, detail, code="refuses_some"), True, trials)
    if sampled or guard.reference is None:
        detail = f"{name} set the right key in all {len(trials)} tries"
        return _Answer(Finding(name, Status.OK, detail, code="holds"), True, trials)
    parent = guard.reference.table
    detail = f"{name} is right about unknown rows of {parent}; there was none to try it with"
    short = f"there is no row of {parent} to try {who} with"
    found = Finding(name, Status.OK, detail, code="without_sample", headline=short)
    return _Answer(found, None, trials)


def _takes_ordinary(trials: tuple[Trial, ...]) -> bool:
    """Does it take any row that is filled in?"""
    plain = [
        t for t in trials if t.case.fill == "some" and t.case.change is None and t.case.expected
    ]
    return any(t.right and t.key for t in plain)


def _untold(
    guard: Guard,
    code: str,
    headline: str,
    detail: str,
    trials: tuple[Trial, ...],
    status: Status = Status.UNKNOWN,
) -> _Answer:
    """Nothing can be told by trying; one that writes elsewhere is judged by its text."""
    found = Finding(name_of(guard), status, detail, code=code, headline=headline)
    return _Answer(found, None, trials)


def _wrong(guard: Guard, place: Row, wrong: list[Trial], trials: tuple[Trial, ...]) -> _Answer:
    name, first = name_of(guard), wrong[0]
    count = f"{len(wrong)} of {len(trials)}"
    excuse = excused(guard, place)
    if excuse:
        words, remedy = excuse
        found = Finding(
            name,
            Status.UNKNOWN,
            f"{name} came out wrong in {count} tries, perhaps by the probe: {words}",
            remedy,
            code="trial_proves_nothing",
            headline=f"trying the {guard.noun} guard proves nothing",
        )
        return _Answer(found, None, trials)
    detail = (
        f"{name} is wrong in {count} tries: {first.case.name}: given {first.case.said} it made "
        f"{first.got}, and {first.wanted or first.case.wanted} is right"
    )
    found = Finding(
        name,
        Status.CRITICAL,
        detail,
        means=_MEANS,
        code="function_wrong",
        headline=f"the {guard.noun} guard's function {_does(wrong)}",
    )
    return _Answer(found, False, trials)


def _does(wrong: list[Trial]) -> str:
    """What does it do wrong, in a headline? A wrong key that is kept is the worst of it."""
    if any(trial.key for trial in wrong):
        return "sets wrong keys"
    return "refuses good rows" if all(trial.state for trial in wrong) else "drops rows"


def _remedied(
    session: Session, context: Context, guard: Guard, live: Row, answer: _Answer
) -> _Answer:
    """Where its owner is blind, the reviewed text would be as wrong: repair its sight."""
    if answer.behaves is not False:
        return answer
    blind = blind_owner(guard, live)
    if blind:
        fixes = blind.remedies
    else:
        right = reference(session, context, guard, live, refuses(guard, answer.trials))
        fixes = remedy(guard, live, right, wrong=True)
    return replace(answer, finding=replace(answer.finding, remedies=fixes))


CHECK = Check(
    name="guard_behaviour",
    run=run,
    by_hand=function_query,
    places=(Place(Group.TRIGGERS, "behaviour", 2),),
    steps=("writes-refused", "keys-drift-quietly", "guards-set-the-right-key", "restore-functions"),
    cause="The function was replaced by a text that sets no key, or another one.",
    reads=(r"\btrg_\w{1,80}\(\) (?:is wrong|came out|was not tried|writes elsewhere|is SECURITY)",),
    means="What it does besides setting the key, no try can tell.",
    keeps_keys=True,
    asked_of_triggers=True,
    tried=always,
)
