"""What do our own faces and the RPCs say, when their output is what was pasted?

JSON is read by its parts and not parsed: pasted answers are cut off, wrapped and printed in many
ways.
"""

from __future__ import annotations

from collections.abc import Iterator

from lib.checks import (
    by_name,
    default_partition_rows,
    guard_triggers,
    partition_coverage,
    rpc_answers,
)
from lib.checks.rpc_calls import DRIFT_RPC, MAINTENANCE_RPC, TRIGGERS_RPC
from lib.core.declaration import required
from lib.runbook import step_of
from lib.runbook.symptoms.matching import ENDPOINT, Match, named_pattern, table
from lib.runbook.symptoms.symptom import Symptom, month_of, named

Found = Iterator[tuple[int, Symptom]]

_MOST = 300
_GUARDS_OK = "Partition triggers OK"
_HISTORY = "The table or the role's rights on it are missing."
_ANOTHER = (
    "This database is not the one that the guards are for, or its tables were never partitioned."
)


def answers(text: str, explained: set[str]) -> Found:
    """What do the reports and answers in this text say? With their places.

    A finding's words say nothing more of a check that is `explained` already.
    """
    reports = list(_reports(text))
    yield from reports
    told = explained | {symptom.check for _, symptom in reports}
    if not reports:
        yield from _drift(text)
    yield from _maintenance(text)
    yield from _endpoint(text)
    if not named_pattern("report_json").search(
        text
    ):  # there a finding that is ok reads like any other
        yield from (found for found in _findings(text) if found[1].check not in told)


def bare_answer(text: str) -> Found:
    """An answer of which nothing but `ok` is known, or that all is well."""
    if match := named_pattern("not_ok").search(text):
        value = match["value"].lower()
        what = f"An answer says ok {value}, and the part that tells why is not in the text."
        cause = "Paste the whole answer, or look at the checks below."
        yield match.start(), Symptom(f"ok {value}", what, cause, "", "guards-fire")
    elif (place := text.find(_GUARDS_OK)) >= 0:
        yield place, _all_well("verify-triggers found both guards in place.")
    elif match := named_pattern("triggers_ok").search(text):
        yield match.start(), _all_well("The drift check answers true throughout.")
    elif match := named_pattern("any_ok").search(text):
        yield match.start(), _all_well("The answer says ok.")


def _of_check(check: str, sign: str, what: str) -> Symptom:
    """What a report, a finding or an answer says of this check."""
    if named_pattern("not_here").search(what):
        return Symptom(sign, what, _ANOTHER, check, "is-it-the-right-database")
    return Symptom(sign, what, _cause(check), check, step_of(check).slug)


def _cause(check: str) -> str:
    known = by_name(check)
    return known.cause if known else _HISTORY


def _reports(text: str) -> Found:
    """The endpoint's JSON, a history row's, `verify`'s text, or a monitor's line."""
    for pattern in (named_pattern("report_json"), named_pattern("report_line")):
        for match in pattern.finditer(text):
            check, status = match["check"].lower(), match["status"].lower()
            words = _short(match["words"])
            what = f"{check} is {status}{f': {words}' if words else ''}."
            yield match.start(), _of_check(check, f"A report: {check} {status}", what)


def _short(words: str) -> str:
    words = " ".join(words.split()).strip(" .\"'")
    return words if len(words) <= _MOST else f"{words[:_MOST]}…"


_FIRE, _MONTHS = guard_triggers.CHECK.name, partition_coverage.CHECK.name
_PARTS = {
    "triggers_ok": ("a guard does not fire somewhere", _FIRE),
    "events_partition_ok": ("a month of events has no partition", _MONTHS),
    "sessions_partition_ok": ("a month of sessions has no partition", _MONTHS),
}


def _part(name: str) -> tuple[str, str]:
    """What does it mean that this key of the answer is false, and which check tells?"""
    for guard in required():
        if name == f"trigger_{guard.trigger}".lower():
            return f"the {guard.noun} guard does not fire somewhere", _FIRE
    return _PARTS[name]


def _drift(text: str) -> Found:
    """The drift RPC's answer in either shape, or the other RPC's false."""
    parts = list(named_pattern("drift_part").finditer(text))
    named_guards = any(match["part"].startswith("trigger_") for match in parts)
    for match in parts:
        part, value = match["part"].lower(), match["value"].lower()
        if part == "triggers_ok" and named_guards:
            continue  # the other shape's keys say which guard it is
        words, check = _part(part)
        what = f"The drift check answers {part} {value}: {words}."
        if value != "false":
            what = f"The drift check answers {part} {value}: it could not tell whether {words}."
        yield match.start(), _of_check(check, f"{DRIFT_RPC}: {part} {value}", what)
    plain = None if parts else named_pattern("triggers_false").search(text)
    if plain is not None:
        what = f"{TRIGGERS_RPC}() answers false: a guard does not fire somewhere."
        yield plain.start(), _of_check(_FIRE, f"{TRIGGERS_RPC}: false", what)


def _all_well(what: str) -> Symptom:
    cause = (
        "It looks only at triggers and partitions. Rows, functions, settings and rights may still "
        "be wrong: only a verification tells."
    )
    return Symptom("An answer that is true", what, cause, rpc_answers.CHECK.name, "verify-again")


def _maintenance(text: str) -> Found:
    """What create_next_month_partitions() could not make, and why."""
    for match in named_pattern("problem").finditer(text):
        before = text[max(0, match.start() - 200) : match.start()]
        month = [
            month_of(each["month"]) for each in named_pattern("problem_month").finditer(before)
        ]
        problem = named(_short(match["problem"])) if len(match["problem"]) < 60 else ""
        words = problem or _short(match["problem"])
        rows = named_pattern("problem_rows").search(words)
        check = default_partition_rows.CHECK.name if rows else _MONTHS
        what = f"{MAINTENANCE_RPC}() did not make {month[-1] if month else 'a month'}: {words}."
        sign = f"{MAINTENANCE_RPC}: problem"
        yield match.start(), Symptom(sign, what, _cause(check), check, "make-partitions")


def _endpoint(text: str) -> Found:
    """What the endpoint answers when it did not verify."""
    for match in named_pattern("refused").finditer(text):
        for words, said in ENDPOINT:
            if words in match["error"].lower():
                yield match.start(), said


def _findings(text: str) -> Found:
    """A fault a line, as `verify-triggers`, `verify` and the cards say it."""
    lowered = text.lower()
    for check, pattern in table().findings:
        for match in pattern.found(text, lowered):
            line = _line(text, match)
            if named_pattern("not_a_finding").match(line) or named_pattern("report_line").match(
                line
            ):
                continue
            words = _short(named_pattern("status").sub("", line))
            sign = f"A finding of {check}: {words[:60]}"
            yield match.start(), _of_check(check, sign, f"{words}.")


def _line(text: str, match: Match) -> str:
    """The line in which it stands; of a very long one what is near."""
    start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 200)
    end = text.find("\n", match.end())
    return text[start : min(len(text) if end < 0 else end, match.end() + 400)]
