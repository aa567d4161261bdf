"""Do the RPCs exist, answer, answer true, and agree with what the catalogs show?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from lib.checks import guard_triggers, partition_coverage, trigger_faults
from lib.checks.check import Check, Group, Place
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
from lib.checks.rpc_comparison import covered_now, guards_fire, months_covered, right_now
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.findings import holds, note, unknown, warning
from lib.core.remedies import Remedies, advice
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import listed, moment
from lib.db.database import Session
from lib.remedies.unobserved import reason

# Codes: it says no, and is right; it said no, and has not been asked since that was repaired.
UNTRUE, NOT_ASKED = "untrue", "not_asked_since"
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

_TRIGGER_KEYS = (
    "triggers_ok",
    "trigger_sessions_set_created_month",
    "trigger_events_set_session_month_from_session",
)
_FALSE_ALARM = "Rows are guarded. Whatever trusts this RPC, a CI job say, reads that they are not."
_SKEW = timedelta(minutes=1)
_LIE = "Whatever trusts this RPC, a CI job say, reads ok while rows drift."


def run(session: Session, context: Context) -> CheckResult:
    """Is each RPC there, true, and in agreement with the triggers and partitions?

    That a call returned is not that its answer was true. Tables: `answers` (rpc, answer, at) and
    `absent` (file: which of sql/setup has made nothing here).
    """
    forms = session.rows("checks/rpc_answers", names=[TRIGGERS_RPC, DRIFT_RPC, MONTH_RPC])
    answers: list[Row] = []
    findings = [
        *_triggers_rpc(session, context, _of(TRIGGERS_RPC, forms), answers),
        *_drift_rpc(session, context, _of(DRIFT_RPC, forms), answers),
        *_month_rpc(session, context, _of(MONTH_RPC, forms), answers),
    ]
    summary = _summary(findings, verifying=context.verifying)
    result = CheckResult(CHECK.name, tuple(findings), summary)
    tables = {"answers": tuple(answers), "absent": _absent(session, context, result)}
    return replace(result, tables=tables)


def _absent(session: Session, context: Context, own: CheckResult) -> tuple[Row, ...]:
    """Which files has nobody run here? A plan needs that: asked where something is wrong."""
    if not any(result.failing() for result in (*context.seen.values(), own)):
        return ()
    return session.rows("checks/rpc_answers_absent")


def _summary(findings: list[Finding], *, verifying: bool) -> str:
    """Counts what was asked now alone: on a refresh that is the triggers RPC."""
    if verifying:
        true = sum(finding.status is Status.OK for finding in findings)
        return f"{true} of {len(findings)} RPCs answer true and agree with the catalogs"
    asked, drift = findings
    true = int(asked.status is Status.OK)
    words = f"{true} of 1 RPC asked now answers true"
    if drift.status is not Status.OK:
        return f"{words}; {drift.detail}"
    return f"{words}; the drift check is called when verifying"


def drift_answer(result: CheckResult) -> dict[str, Any] | None:
    """The drift RPC's own answer in this run; None where it is missing, raised or not called."""
    for row in result.tables.get("answers", ()):
        if row["rpc"] == DRIFT_RPC and row["called"] and isinstance(row["answer"], dict):
            return dict(row["answer"])
    return None


def _triggers_rpc(
    session: Session, context: Context, forms: list[Row], answers: list[Row]
) -> list[Finding]:
    name = f"public.{TRIGGERS_RPC}()"
    if problem := called(session, context, TRIGGERS_RPC, forms, answers):
        return [problem]
    answer = answers[-1]["answer"]
    if answer is not True:
        renamed = _renamed(context) if answer is False else None
        if renamed:
            return [_misses(name, renamed)]
        return [_untrue(name, f"answers {_json(answer)}")]
    return [_agreement(name, context, triggers=True, partitions=False)]


def _drift_rpc(
    session: Session, context: Context, forms: list[Row], answers: list[Row]
) -> list[Finding]:
    name = f"public.{DRIFT_RPC}()"
    if not context.verifying:
        return [form_problem(name, forms) or _last_answer(session, context, name, answers)]
    if problem := called(session, context, DRIFT_RPC, forms, answers):
        return [problem]
    return [judge_drift(name, answers[-1]["answer"], context)]


def _month_rpc(
    session: Session, context: Context, forms: list[Row], answers: list[Row]
) -> list[Finding]:
    """Where it is there, it answers as the catalogs do."""
    if not context.verifying or all(form["signature"] is None for form in forms):
        return []
    problem = called(session, context, MONTH_RPC, forms, answers)
    return [problem or judge_month(f"public.{MONTH_RPC}()", answers[-1]["answer"], context)]


def judge_month(name: str, answer: object, context: Context) -> Finding:
    """Is it true that this month has a partition, or not? The RPC looks for a name alone."""
    guard = next((guard for guard in context.guards if f"_{guard.table}_" in name), None)
    covered = covered_now(context, guard) if guard else None
    if answer is False and guard and covered:
        remedy = advice(
            f"name that partition {guard.table}_{context.month:%Y_%m}, or correct the function"
        )
        return _by_names(name, "a partition covers the month", remedy, "the month is covered")
    if answer is False:
        return _untrue(name, "answers false")
    if answer is not True:
        words = f"answers {_json(answer)}"
        found = said(name, Status.CRITICAL, "not_boolean", words, remedy_of(name))
        return replace(found, headline=f"{noun_of(name)} answers neither true nor false")
    if covered is False:
        words = "answers true although no partition covers the month"
        found = said(name, Status.CRITICAL, "contradicts", words, remedy_of(name), means=_LIE)
        return replace(found, headline=f"{noun_of(name)} says true, but the month has no partition")
    if partition_coverage.CHECK.seen(context) is None:
        return holds(name, f"{name} answers true")
    return _not_compared(name, [partition_coverage.CHECK.name] if covered is None else [])


def judge_drift(name: str, answer: object, context: Context) -> Finding:
    """Is the drift RPC's answer true throughout, in either shape, and does it agree?"""
    problem = untrue(answer)
    if problem:
        renamed = _renamed(context) if _only_triggers_untrue(answer) else None
        return _misses(name, renamed) if renamed else _untrue(name, problem)
    says_triggers = isinstance(answer, dict) and any(key in answer for key in _TRIGGER_KEYS)
    return _agreement(name, context, triggers=says_triggers, partitions=True)


def _only_triggers_untrue(answer: object) -> bool:
    """Is nothing but what it says of triggers, and `ok` with that, false?"""
    if not isinstance(answer, dict):
        return False
    false = {
        key
        for key, value in answer.items()
        if value is not True and (key == "ok" or key.endswith("_ok") or key.startswith("trigger_"))
    }
    return (
        bool(false & set(_TRIGGER_KEYS))
        and false <= {"ok", *_TRIGGER_KEYS}
        and all(answer[key] is False for key in false)
    )


def _renamed(context: Context) -> str | None:
    """Is a guard that fires under other names all that is the matter with the triggers?"""
    result = guard_triggers.CHECK.seen(context)
    if result is None or result.status > Status.WARNING:
        return None
    codes = (trigger_faults.RENAMED.code, trigger_faults.SPLIT.code)
    named = [finding for finding in result.findings if finding.code in codes]
    if all(finding in named for finding in result.failing()):
        return "; ".join(finding.detail for finding in named) or None
    return None


def _misses(name: str, renamed: str) -> Finding:
    """The RPC looks for the trigger by its name; guard_triggers says that the guard fires."""
    return _by_names(name, renamed, RENAME, "the guards fire")


def _by_names(name: str, why: str, remedies: Remedies, truth: str) -> Finding:
    return warning(
        name,
        "goes_by_names",
        f"{noun_of(name)} answers false, but {truth}",
        f"{name} answers false, because it goes by names: {why}",
        remedies,
        _FALSE_ALARM,
    )


def untrue(answer: object) -> str | None:
    """Which part of the drift RPC's answer, in either shape, is not true? None when all is."""
    if not isinstance(answer, dict) or "ok" not in answer:
        return f"answers {_json(answer)}, not an object with ok"
    parts = [
        f"{key} {_json(value)}"
        for key, value in answer.items()
        if value is not True and (key == "ok" or key.endswith("_ok") or key.startswith("trigger_"))
    ]
    return f"answers {', '.join(parts)}" if parts else None


def _last_answer(session: Session, context: Context, name: str, answers: list[Row]) -> Finding:
    """A refresh does not call the RPC that writes; it shows the last answer with its age."""
    try:
        rows = session.rows("rpc/last_drift_answer", until=context.now + _SKEW)
    except QueryFailed as error:
        detail = f"{name} is there; its last answer: {reason(error)}"
        headline = f"the last answer of {noun_of(name)} was not read"
        return note(name, "not_read", headline, detail)
    if not rows:
        detail = f"{name} is there; it has left no answer yet and is called when verifying"
        headline = f"{noun_of(name)} has left no answer yet"
        return note(name, "no_answer_yet", headline, detail)
    row = rows[0]
    when = moment(row["created_at"])
    answers.append(
        {"rpc": DRIFT_RPC, "answer": row["details"], "at": row["created_at"], "called": False}
    )
    if not row["ok"] and row["explained"] and right_now(context):
        detail = (
            f"{name} last answered that all is not well, at {when}, and was right; guards and "
            "months are in order since, and the next verification asks again"
        )
        headline = f"the last answer of {noun_of(name)}, false, is out of date"
        return note(name, "was_false", headline, detail)
    if not row["ok"]:
        detail = f"{name} last answered that all is not well, at {when}, and was not asked since"
        headline = f"the last answer of {noun_of(name)} was false"
        return warning(name, NOT_ASKED, headline, detail, ASK_AGAIN)
    detail = f"{name} is there; it last answered ok at {when} and is called when verifying"
    return holds(name, detail)


def _agreement(name: str, context: Context, *, triggers: bool, partitions: bool) -> Finding:
    """The RPC says true. Do our own readings?"""
    doubts, unseen = [], []
    fires = guards_fire(context) if triggers else True
    covered = months_covered(context) if partitions else True
    if fires is False:
        doubts.append("a guard's trigger is not in order")
    if covered is False:
        doubts.append("a partition is missing")
    if doubts:
        words = f"answers true although {listed(doubts)}"
        found = said(name, Status.CRITICAL, "contradicts", words, remedy_of(name), means=_LIE)
        return replace(found, headline=f"{noun_of(name)} contradicts what is observed")
    if fires is None:
        unseen.append(guard_triggers.CHECK.name)
    if covered is None:
        unseen.append(partition_coverage.CHECK.name)
    return _not_compared(name, unseen)


def _not_compared(name: str, unseen: list[str]) -> Finding:
    """It says true, and nothing says otherwise. Which checks could not look?"""
    if not unseen:
        detail = f"{name} answers true and agrees with the catalogs"
        return holds(name, detail)
    detail = (
        f"{name} answers true, which could not be compared: {listed(unseen)} "
        "did not observe the database"
    )
    headline = f"the answer of {noun_of(name)} was not compared"
    return unknown(name, "not_compared", headline, detail, _SEE_THOSE)


def _untrue(name: str, words: str) -> Finding:
    found = said(name, Status.CRITICAL, UNTRUE, words, AFTER_THE_REST)
    return replace(found, headline=f"{noun_of(name)} does not answer true")


def _json(value: object) -> str:
    return json.dumps(value, default=str)[:80]


def _of(name: str, forms: tuple[Row, ...]) -> list[Row]:
    return [form for form in forms if form["name"] == name]


def _tried(subject: str) -> bool:
    """A refresh calls the triggers RPC alone."""
    return subject in (f"public.{DRIFT_RPC}()", f"public.{MONTH_RPC}()")


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
    tried=_tried,
)
