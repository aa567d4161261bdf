"""Do the RPCs exist, answer, answer true, and agree with what the catalogs show?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from lib.checks import (
    guard_triggers,
    partition_coverage,
    rpc_privileges,
    rpc_texts,
    trigger_faults,
)
from lib.checks.check import Check, Group, Place
from lib.checks.partition_coverage import covered
from lib.checks.rpc_calls import (
    DRIFT_RPC,
    MONTH_RPC,
    TRIGGERS_RPC,
    called,
    form_problem,
    noun_of,
    remedy_of,
    said,
)
from lib.core.context import Context
from lib.core.declaration import told_by_setup
from lib.core.errors import QueryFailed
from lib.core.findings import critical, holds, note, unknown, warning
from lib.core.periods import MONTHS
from lib.core.remedies import Remedies, advice
from lib.core.results import CheckResult, Finding, Row, Status, not_applicable
from lib.core.words import listed, moment
from lib.db.database import Session
from lib.remedies.unobserved import reason

# Codes: it says no, and is right; it said no, and has not been asked since that was repaired.
UNTRUE, NOT_ASKED = rpc_texts.UNTRUE, "not_asked_since"
# What there is to do about an RPC that is right to say no: nothing of its own.
AFTER_THE_REST = advice(
    "repair what the other findings name; this answer then turns true by itself", follows=True
)
RENAME = advice(
    f"rename the trigger, as {guard_triggers.CHECK.name} says; "
    "this answer then turns true by itself",
    follows=True,
)
_SEE_THOSE = advice("see those checks: they say why", follows=True)
ASK_AGAIN = advice("verify: that asks it again", follows=True)

# Does it hold by what this run has seen itself (None: not seen), what is said where it does not,
# and which check has looked?
Reading = tuple[bool | None, str, Check]
_OF_THE_MONTH = "events"  # the table of which MONTH_RPC tells
_TRIGGER_KEYS = (
    "triggers_ok",
    "trigger_sessions_set_created_month",
    "trigger_events_set_session_month_from_session",
)
_FALSE_ALARM = "Rows are guarded. Whatever trusts this RPC, a CI job say, reads that they are not."
_OF_OTHERS = "The RPCs tell of public.sessions and public.events, which are not declared here"
_SKEW = timedelta(minutes=1)
_LIE = "Whatever trusts this RPC, a CI job say, reads ok while rows drift."


def run(session: Session, context: Context) -> CheckResult:
    """Is each RPC there, true, and in agreement with the triggers and partitions?

    That a call returned is not that its answer was true. Tables: `answers` (rpc, answer, at),
    `absent` (file: which of sql/setup has made nothing here) and `instead` (subject,
    remedies: what puts it right, should nothing else be wrong); of a verification `proven`
    (function, text): what was called, answered true and agrees, whole, and `disproven`: what
    answered true and does not agree, which no later answer proves right.
    """
    if not told_by_setup(context.guards):
        return not_applicable(CHECK.name, _OF_OTHERS)
    forms = session.rows("checks/rpc_answers", names=[*_JUDGES])
    answers: list[Row] = []
    findings = []
    for rpc, judge in _JUDGES.items():
        name, own = f"public.{rpc}()", [form for form in forms if form["name"] == rpc]
        if rpc == MONTH_RPC and not (own and context.verifying):
            continue
        if context.verifying or rpc == TRIGGERS_RPC:
            problem = called(session, context, rpc, own, answers)
            findings.append(problem or judge(name, answers[-1]["answer"], context))
        else:
            problem = form_problem(name, own)
            findings.append(problem or _last_answer(session, context, name, answers))
    lives = {f"public.{form['name']}()": form["statement"] for form in forms}
    lied = [f for f in findings if f.code == rpc_texts.LIE and _lies(session, context, f, answers)]
    right = [f for f in findings if f.code == "holds" and not _lent(context, f)]
    known = [rpc_texts.told(session, context, f, lives.get(f.subject)) for f in findings]
    findings = [finding for finding, _ in known]
    wrong = any(finding.status is not Status.OK for finding in findings)
    # Which files has nobody run here? A plan needs that.
    asks = wrong or any(result.failing() for result in context.seen.values())
    absent = session.rows("checks/rpc_answers_absent") if asks else ()
    instead = tuple(row for _, own in known for row in own)
    tables = {"answers": tuple(answers), "absent": absent, "instead": instead}
    if context.verifying:
        named = (("proven", right), ("disproven", lied))
        tables |= {name: rpc_texts.rows(found, lives) for name, found in named}
    summary = _summary(findings, verifying=context.verifying)
    return CheckResult(CHECK.name, tuple(findings), summary, tables)


def _lent(context: Context, finding: Finding) -> bool:
    """Does its text leave to others with whose rights it runs, or what its names mean?"""
    seen = rpc_privileges.CHECK.seen(context)
    told = seen.failing() if seen else ()
    return any(f.subject == finding.subject and f.code in rpc_texts.OF_RIGHTS for f in told)


def _lies(session: Session, context: Context, finding: Finding, answers: list[Row]) -> bool:
    """Does its answer contradict a second look as well? Somebody may be at work just now."""
    again = replace(context, seen={}, kept={})
    try:
        for check in (guard_triggers.CHECK, partition_coverage.CHECK):
            found = check.run(session, again)
            again.seen.update({check.name: found} if found else {})
    except QueryFailed:
        return False
    said = {f"public.{row['rpc']}()": row for row in answers}[finding.subject]
    return _JUDGES[said["rpc"]](finding.subject, said["answer"], again).code == finding.code


def _summary(findings: list[Finding], *, verifying: bool) -> str:
    """Counts what was asked now alone: on a refresh that is the triggers RPC."""
    if verifying:
        true = sum(finding.status is Status.OK for finding in findings)
        return f"{true} of {len(findings)} RPCs answer true and agree with the catalogs"
    asked, drift = findings
    calm = "the drift check is called when verifying"
    then = calm if drift.status is Status.OK else drift.detail
    return f"{int(asked.status is Status.OK)} of 1 RPC asked now answers true; {then}"


def drift_answer(result: CheckResult) -> dict[str, Any] | None:
    """The drift RPC's own answer in this run; None where it is missing, raised or not called."""
    rows = (row for row in result.tables.get("answers", ()) if row["rpc"] == DRIFT_RPC)
    answer = next((row["answer"] for row in rows if row["called"]), None)
    return dict(answer) if isinstance(answer, dict) else None


def judge_triggers(name: str, answer: object, context: Context) -> Finding:
    """Is the triggers RPC's answer true, and does it agree?"""
    if answer is True:
        return _compared(name, _triggers(context))
    return _untrue(name, f"answers {_json(answer)}", context, of_triggers=answer is False)


def judge_month(name: str, answer: object, context: Context) -> Finding:
    """Is it true that this month has a partition, or not? The RPC looks for a name alone."""
    guard = next((guard for guard in context.guards if guard.table == _OF_THE_MONTH), None)
    there = guard is None or covered(context, guard, context.period(guard))
    if answer is True:
        known = there if partition_coverage.CHECK.seen(context) else True
        return _compared(name, (known, "no partition covers the month", partition_coverage.CHECK))
    if answer is not False:
        words, short = f"answers {_json(answer)}", "answers neither true nor false"
        return said(critical, name, "not_boolean", short, words, remedy_of(name))
    if there:
        own = f"{_OF_THE_MONTH}_{MONTHS.name(MONTHS.at(context.now))}"
        remedy = advice(f"name that partition {own}, or correct the function")
        return _by_names(name, "a partition covers the month", remedy, "the month is covered")
    return _untrue(name, "answers false", context, of_triggers=False)


def judge_drift(name: str, answer: object, context: Context) -> Finding:
    """Is the drift RPC's answer true throughout, in either shape, and does it agree?"""
    parts = answer if isinstance(answer, dict) else {}
    if problem := untrue(answer):
        false = _false(parts)
        others = false.keys() - {"ok"}
        alone = others <= {*_TRIGGER_KEYS} and all(value is False for value in false.values())
        return _untrue(name, problem, context, of_triggers=bool(others) and alone)
    tells = any(key in parts for key in _TRIGGER_KEYS)
    months = (months_covered(context), "a partition is missing", partition_coverage.CHECK)
    return _compared(name, *[_triggers(context)] * tells, months)


def _renamed(context: Context) -> str | None:
    """Is a guard that fires under other names all that is the matter with the triggers?"""
    result = guard_triggers.CHECK.seen(context)
    codes = (trigger_faults.RENAMED.code, trigger_faults.SPLIT.code)
    if result is None or result.status > Status.WARNING:
        return None
    if any(finding.code not in codes for finding in result.failing()):
        return None
    return "; ".join(f.detail for f in result.findings if f.code in codes) or None


def _by_names(name: str, why: str, remedies: Remedies, truth: str) -> Finding:
    words = f"answers false, because it goes by names: {why}"
    short = f"answers false, but {truth}"
    return said(warning, name, "goes_by_names", short, words, remedies, _FALSE_ALARM)


def _untrue(name: str, words: str, context: Context, *, of_triggers: bool) -> Finding:
    """It says no: rightly, or of triggers alone, which it looks for by names that they have not."""
    if of_triggers and (renamed := _renamed(context)):
        return _by_names(name, renamed, RENAME, "the guards fire")
    return said(critical, name, UNTRUE, "does not answer true", words, AFTER_THE_REST)


def untrue(answer: object) -> str | None:
    """Which part of the drift RPC's answer, in either shape, is not true? None when all is."""
    if not isinstance(answer, dict) or "ok" not in answer:
        return f"answers {_json(answer)}, not an object with ok"
    parts = [f"{key} {_json(value)}" for key, value in _false(answer).items()]
    return f"answers {', '.join(parts)}" if parts else None


def _false(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What of it should be true, and is not?"""
    return {
        key: value
        for key, value in answer.items()
        if value is not True and (key == "ok" or key.endswith("_ok") or key.startswith("trigger_"))
    }


def _last_answer(session: Session, context: Context, name: str, answers: list[Row]) -> Finding:
    """A refresh does not call the RPC that writes; it shows the last answer with its age."""
    noun, there = noun_of(name), f"{name} is there;"
    try:
        rows = session.rows("rpc/last_drift_answer", until=context.now + _SKEW)
    except QueryFailed as error:
        headline = f"the last answer of {noun} was not read"
        return note(name, "not_read", headline, f"{there} its last answer: {reason(error)}")
    if not rows:
        detail = f"{there} it has left no answer yet and is called when verifying"
        return note(name, "no_answer_yet", f"{noun} has left no answer yet", detail)
    row = rows[0]
    at, when = row["created_at"], moment(row["created_at"])
    answers.append({"rpc": DRIFT_RPC, "answer": row["details"], "at": at, "called": False})
    if row["ok"]:
        return holds(name, f"{there} it last answered ok at {when} and is called when verifying")
    detail = f"{name} last answered that all is not well, at {when}, and was"
    if row["explained"] and guards_fire(context) and months_covered(context):
        since = "right; guards and months are in order since, and the next verification asks again"
        headline = f"the last answer of {noun}, false, is out of date"
        return note(name, "was_false", headline, f"{detail} {since}")
    headline = f"the last answer of {noun} was false"
    return warning(name, NOT_ASKED, headline, f"{detail} not asked since", ASK_AGAIN)


def guards_fire(context: Context) -> bool | None:
    """Do the guards fire, by our own reading? None where that was not observed."""
    result = guard_triggers.CHECK.seen(context)
    if result is None or result.status is Status.UNKNOWN:
        return None
    return result.status is not Status.CRITICAL


def months_covered(context: Context) -> bool | None:
    """Is each month covered that the RPC answers for: this one, and near its end the next?

    Of an older gap it does not speak. True where the run does not look at partitions at all.
    """
    result = partition_coverage.CHECK.seen(context)
    if result is None:
        return True
    found = [
        covered(context, guard, period)
        for guard in context.guards
        if guard.partitioned
        for period in (
            context.period(guard),
            *([context.next_period(guard)] if context.late_for_next(guard) else []),
        )
    ]
    return None if None in found and result.status is not Status.CRITICAL else all(found)


def _triggers(context: Context) -> Reading:
    return guards_fire(context), "a guard's trigger is not in order", guard_triggers.CHECK


def _compared(name: str, *readings: Reading) -> Finding:
    """The RPC says true. Do our own readings?"""
    if doubts := [words for holds, words, _ in readings if holds is False]:
        words, short = f"answers true although {listed(doubts)}", "contradicts what is observed"
        return said(critical, name, rpc_texts.LIE, short, words, remedy_of(name), _LIE)
    if unseen := [check.name for holds, _, check in readings if holds is None]:
        headline = f"the answer of {noun_of(name)} was not compared"
        why = f"which could not be compared: {listed(unseen)} did not observe the database"
        return unknown(name, "not_compared", headline, f"{name} answers true, {why}", _SEE_THOSE)
    return holds(name, f"{name} answers true and agrees with the catalogs")


def _json(value: object) -> str:
    return json.dumps(value, default=str)[:80]


_JUDGES = {TRIGGERS_RPC: judge_triggers, DRIFT_RPC: judge_drift, MONTH_RPC: judge_month}


CHECK = Check(
    name="rpc_answers",
    run=run,
    by_hand=lambda *_: [(f"rpc/{TRIGGERS_RPC}", {}, {}), (f"rpc/{DRIFT_RPC}", {}, {})],
    places=(Place(Group.TRIGGERS, "RPC answers", 6),),
    steps=("rpc-says-false", "rpcs-answer-true", "restore-rpcs", "undo-functions"),
    cause="It is missing, older, or right: then something that it looks at is broken.",
    reads=(r"{RPCS}\(\) (?:answers|has several|raised|does not|may not|says)",),
    means="Whoever goes by it, a CI job say, is told of a fault, or nothing at all.",
    asked_of_triggers=True,
    follows=True,
    # A refresh calls the triggers RPC alone.
    tried=lambda subject: subject in (f"public.{DRIFT_RPC}()", f"public.{MONTH_RPC}()"),
)
