"""Does each guard's function do its work, whatever its text says?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib.checks.check import Check, Group, Place, Query, always
from lib.checks.live_functions import definition_of, definitions, functions
from lib.checks.outside_texts import lasting
from lib.core.context import Context, Verdict
from lib.core.errors import QueryFailed
from lib.core.findings import critical, holds, judged, note, unknown
from lib.core.guards import Guard
from lib.core.remedies import Remedies
from lib.core.results import CheckResult, Finding, Report, Row, Status
from lib.core.words import plural
from lib.db.database import Session
from lib.remedies import remedies
from lib.remedies.unobserved import LOCK_HELD, LOCKED_TRY
from lib.trials.around import wanted
from lib.trials.obstacles import excused, failed, name_of, prevented
from lib.trials.owners import blind_owner
from lib.trials.probe import ASTRAY, DENIED, REFUSED_WRITE, Trial, refuses
from lib.trials.references import reference, remedy
from lib.trials.sandbox import attempt, sample
from lib.trials.strangers import strangers
from lib.trials.texts.judging import leaves_no_trace, not_understood, reading_of
from lib.trials.texts.shipped import shipped

_MEANS = "New rows get a wrong key, or none; joins on the key lose them."


_Told = tuple[Finding, bool | None]  # what is said of one guard, and whether it behaves


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
    verdicts = []
    for guard, live, place in zip(context.guards, lives, observe(session, context), strict=True):
        if guard.sets != "always":
            continue
        (found, behaves), trials = _look(session, context, guard, place, live)
        told = tuple(trial.to_row(guard) for trial in _told(trials))
        refusing = refuses(guard, trials)
        if behaves is False:
            found = replace(found, remedies=_fixes(session, context, guard, live, refusing))
        verdict = Verdict(name_of(guard), definition_of(live), behaves, found, told, refusing)
        known = not behaves or live["adopted"] or not not_understood(guard, live)
        verdicts.append(lasting(context, verdict, understood=known))
    return _result(verdicts)


def function_query(context: Context, _: Report | None) -> list[Query]:
    """By hand: what is tried, and what its text is judged by."""
    return [("checks/guard_functions", {}, functions(context))]


def proven(result: CheckResult) -> Mapping[str, Verdict]:
    """What did a verification prove, by the digest of the definition?"""
    return {row["definition"]: row["verdict"] for row in result.tables.get("verdicts", ())}


def _carried(context: Context, lives: tuple[Row, ...]) -> CheckResult | None:
    """A proof holds for the very definition that was tried, and for no other."""
    tried = {verdict.function for verdict in context.proven.values()}
    verdicts = []
    for guard, live in zip(context.guards, lives, strict=True):
        digest, name = definition_of(live), name_of(guard)
        known = context.proven.get(digest)
        if known is not None or name in tried:
            verdicts.append(known or Verdict(name, digest, None, _changed(guard, live)))
    return _result(verdicts) if verdicts else None


def _changed(guard: Guard, live: Row) -> Finding:
    code, words, short = "function_changed", "changed since it was last verified", "has changed"
    if live["body"] is None:
        code, words, short = "function_missing", "does not exist any more", "does not exist"
    return unknown(
        name_of(guard),
        code,
        f"the {guard.noun} guard's function {short}",
        f"{name_of(guard)} {words}",
        remedies.VERIFY,
        "What it was proven to do is no proof of what it does now.",
    )


def _result(verdicts: list[Verdict]) -> CheckResult:
    right = sum(verdict.behaves is True for verdict in verdicts)
    kept = ("function", "definition", "behaves")
    rows = ({**{name: getattr(v, name) for name in kept}, "verdict": v} for v in verdicts)
    return CheckResult(
        CHECK.name,
        tuple(verdict.finding for verdict in verdicts),
        f"{right} of {len(verdicts)} functions were tried and set the right key",
        {"probe": tuple(r for v in verdicts for r in v.trials), "verdicts": tuple(rows)},
    )


def _told(trials: tuple[Trial, ...]) -> list[Trial]:
    """Which tries are worth a row? Those in other surroundings are, where they came out wrong."""
    return [t for t in trials if not t.right or (t.case.fill == "none" and not t.case.settings)]


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


def _look(
    session: Session, context: Context, guard: Guard, place: Row, live: Row
) -> tuple[_Told, tuple[Trial, ...]]:
    obstacle = prevented(guard, place, strangers(session, context, guard, place))
    if obstacle is not None:
        return (obstacle, None), ()
    try:
        samples = sample(session, guard, context.now, place["copied"])
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
        return (failed(guard, place, error), None), ()
    sampled = bool(samples) or guard.reference is None
    return _judge(guard, place, trials, sampled=sampled, adopted=live["adopted"]), trials


def _judge(
    guard: Guard, place: Row, trials: tuple[Trial, ...], *, sampled: bool, adopted: bool
) -> _Told:
    name, who = name_of(guard), f"the {guard.noun} guard"
    wrong = [trial for trial in trials if trial.right is False]
    states = {trial.state: trial.got for trial in reversed(trials) if trial.right is None}

    def untold(status: Status, code: str, headline: str, words: str) -> _Told:
        return judged(status, name, code, headline, f"{name} {words}"), None

    if REFUSED_WRITE in states:
        words = (
            f"writes elsewhere, which the probe forbids ({states[REFUSED_WRITE]}): its text decides"
        )
        status = Status.OK if adopted else Status.WARNING  # somebody has read it then
        return untold(status, "writes_elsewhere", f"{who}'s function writes elsewhere", words)
    if ASTRAY in states:
        words = f"takes the row for another one, of which the month is not known: {states[ASTRAY]}"
        short = f"{who} takes a row for another one"
        return untold(Status.UNKNOWN, "row_astray", short, words)
    if not trials:
        words = "was not tried: no row could be made to try it with"
        return untold(Status.UNKNOWN, "not_tried", f"{who} could not be tried", words)
    if states:
        words = f"was not tried to the end: {LOCKED_TRY}"
        return untold(Status.UNKNOWN, LOCK_HELD, f"{who} was not tried to the end", words)
    refused = [trial for trial in wrong if trial.state]
    filled = [
        t for t in trials if t.case.fill == "some" and t.case.expected and t.case.change is None
    ]
    if wrong and (len(refused) < len(wrong) or not any(t.right and t.key for t in filled)):
        return _wrong(guard, place, wrong, trials)
    if refused:
        first = refused[0]
        detail = (
            f"{name} set the right key in {len(trials) - len(refused)} tries and refused "
            f"{plural(len(refused), 'row')}, loudly: {first.case.said}: {first.error}"
        )
        return note(name, "refuses_some", "", detail), True
    if sampled or guard.reference is None:
        return holds(name, f"{name} set the right key in all {len(trials)} tries"), True
    parent = guard.reference.table
    words = f"is right about unknown rows of {parent}; there was none to try it with"
    return untold(
        Status.OK, "without_sample", f"there is no row of {parent} to try {who} with", words
    )


def _wrong(guard: Guard, place: Row, wrong: list[Trial], trials: tuple[Trial, ...]) -> _Told:
    name, first = name_of(guard), wrong[0]
    count = f"{len(wrong)} of {len(trials)} tries"
    if excuse := excused(guard, place):
        words, fixes = excuse
        short = f"trying the {guard.noun} guard proves nothing"
        detail = f"{name} came out wrong in {count}, perhaps by the probe: {words}"
        return unknown(name, "trial_proves_nothing", short, detail, fixes), None
    does = "drops rows"
    if any(trial.key for trial in wrong):  # a wrong key that is kept is the worst of it
        does = "sets wrong keys"
    elif all(trial.state for trial in wrong):
        does = "refuses good rows"
    detail = (
        f"{name} is wrong in {count}: {first.case.name}: given {first.case.said} it made "
        f"{first.got}, and {first.wanted or first.case.wanted} is right"
    )
    short = f"the {guard.noun} guard's function {does}"
    return critical(name, "function_wrong", short, detail, means=_MEANS), False


def _fixes(
    session: Session, context: Context, guard: Guard, live: Row, refusing: bool | None
) -> Remedies:
    """Where its owner is blind, the reviewed text would be as wrong: repair its sight."""
    if blind := blind_owner(guard, live):
        return blind.remedies
    return remedy(guard, live, reference(session, context, guard, live, refusing), wrong=True)


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
