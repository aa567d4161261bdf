"""What do our own faces and the RPCs say, when their output is what was pasted?

JSON is read by its parts and not parsed: pasted answers are cut off, wrapped and printed in many
ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lib.checks import CHECKS
from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC
from lib.checks.rpc_privileges import MAINTENANCE_RPC
from lib.core.guards import GUARDS, REQUIRED
from lib.core.results import HISTORY
from lib.runbook.symptoms.causes import cause_of, of_check
from lib.runbook.symptoms.symptom import Symptom, month_of, named

Found = Iterator[tuple[int, Symptom]]

NAMES = (*(check.name for check in CHECKS), HISTORY)
_MOST = 300

_IN_JSON = re.compile(
    rf"""["']?check["']?\s*:\s*["'](?P<check>{"|".join(NAMES)})["']\s*,\s*["']?status["']?\s*:\s*"""
    r"""["'](?P<status>warning|unknown|critical)["']\s*,\s*["']?summary["']?\s*:\s*"""
    r"""["'](?P<words>[^"\n]{0,300})""",
    re.IGNORECASE,
)
_IN_LINE = re.compile(
    r"^[^\S\n]*(?:\S{1,80}[^\S\n]+){0,6}?(?P<status>warning|unknown|critical)\b[^\S\n:,-]{0,12}"
    rf"[:,-]?[^\S\n]*(?P<check>{'|'.join(NAMES)})\b[\s:,-]{{0,12}}(?P<words>[^\n]{{0,300}})",
    re.IGNORECASE | re.MULTILINE,
)
_PART = re.compile(
    r"""["']?\b(?P<part>triggers_ok|events_partition_ok|sessions_partition_ok"""
    rf"""|trigger_(?:{"|".join(guard.trigger for guard in REQUIRED)}))["']?\s*(?::|=>?)\s*"""
    r"""(?P<value>false|null|none)\b""",
    re.IGNORECASE,
)
_NOT_OK = re.compile(
    r"""["']?\bok["']?\s*(?::|=>?)\s*(?P<value>false|null|none)\b""", re.IGNORECASE
)
_ALL_OK = re.compile(r"""["']?\btriggers_ok["']?\s*(?::|=>?)\s*true\b""", re.IGNORECASE)
_PLAIN_FALSE = re.compile(rf"{TRIGGERS_RPC}\W{{0,80}}?\b(?:false|f)\b", re.IGNORECASE)
_PROBLEM = re.compile(r"""["']problem["']\s*:\s*["'](?P<problem>[^"\n]{1,300})""", re.IGNORECASE)
_MONTH = re.compile(r"""["']month["']\s*:\s*["'](?P<month>[\d-]{7,10})""", re.IGNORECASE)
_REFUSED = re.compile(r"""["']error["']\s*:\s*["'](?P<error>[^"\n]{1,200})""", re.IGNORECASE)

_ANY_OK = re.compile(r"""["']?\bok["']?\s*(?::|=>?)\s*true\b""", re.IGNORECASE)
_GUARDS_OK = "Partition triggers OK"


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
    if not _IN_JSON.search(text):  # there a finding that is ok reads like any other
        yield from (found for found in _findings(text) if found[1].check not in told)


def bare_answer(text: str) -> Found:
    """An answer of which nothing but `ok` is known, or that all is well."""
    if match := _NOT_OK.search(text):
        value = match["value"].lower()
        what = f"An answer says ok {value}, and the part that tells why is not in the text."
        cause = "Paste the whole answer, or look at the checks below."
        yield match.start(), Symptom(f"ok {value}", what, cause, "", "guards-fire")
    elif (place := text.find(_GUARDS_OK)) >= 0:
        yield place, _all_well("verify-triggers found both guards in place.")
    elif match := _ALL_OK.search(text):
        yield match.start(), _all_well("The drift check answers true throughout.")
    elif match := _ANY_OK.search(text):
        yield match.start(), _all_well("The answer says ok.")


def _reports(text: str) -> Found:
    """The endpoint's JSON, a history row's, `verify`'s text, or a monitor's line."""
    for pattern in (_IN_JSON, _IN_LINE):
        for match in pattern.finditer(text):
            check, status = match["check"].lower(), match["status"].lower()
            words = _short(match["words"])
            what = f"{check} is {status}{f': {words}' if words else ''}."
            sign = f"A report: {check} {status}"
            yield match.start(), of_check(check, sign, what)


def _short(words: str) -> str:
    words = " ".join(words.split()).strip(" .\"'")
    return words if len(words) <= _MOST else f"{words[:_MOST]}…"


_PARTS: Mapping[str, tuple[str, str]] = {
    "triggers_ok": ("a guard does not fire somewhere", "guard_triggers"),
    "events_partition_ok": ("a month of events has no partition", "partition_coverage"),
    "sessions_partition_ok": ("a month of sessions has no partition", "partition_coverage"),
    **{
        f"trigger_{guard.trigger}": (
            f"the {guard.noun} guard does not fire somewhere",
            "guard_triggers",
        )
        for guard in REQUIRED
    },
}


def _drift(text: str) -> Found:
    """The drift RPC's answer in either shape, or the other RPC's false."""
    parts = list(_PART.finditer(text))
    named_guards = any(match["part"].startswith("trigger_") for match in parts)
    for match in parts:
        part, value = match["part"].lower(), match["value"].lower()
        if part == "triggers_ok" and named_guards:
            continue  # the other shape's keys say which guard it is
        words, check = _PARTS[part]
        what = f"The drift check answers {part} {value}: {words}."
        if value != "false":
            what = f"The drift check answers {part} {value}: it could not tell whether {words}."
        sign = f"{DRIFT_RPC}: {part} {value}"
        yield match.start(), of_check(check, sign, what)
    plain = None if parts else _PLAIN_FALSE.search(text)
    if plain is not None:
        what = f"{TRIGGERS_RPC}() answers false: a guard does not fire somewhere."
        check = "guard_triggers"
        sign = f"{TRIGGERS_RPC}: false"
        yield plain.start(), of_check(check, sign, what)


def _all_well(what: str) -> Symptom:
    cause = (
        "It looks at triggers and partitions alone. Rows, functions, settings and rights may still "
        "be wrong: a verification tells."
    )
    return Symptom("An answer that is true", what, cause, "rpc_answers", "verify-again")


def _maintenance(text: str) -> Found:
    """What create_next_month_partitions() could not make, and why."""
    for match in _PROBLEM.finditer(text):
        before = text[max(0, match.start() - 200) : match.start()]
        month = [month_of(each["month"]) for each in _MONTH.finditer(before)][-1:]
        problem = named(_short(match["problem"])) if len(match["problem"]) < 60 else ""
        words = problem or _short(match["problem"])
        rows = re.search(r"holds \d+ rows", words)
        check = "default_partition_rows" if rows else "partition_coverage"
        what = f"{MAINTENANCE_RPC}() did not make {month[0] if month else 'a month'}: {words}."
        sign = f"{MAINTENANCE_RPC}: problem"
        yield match.start(), Symptom(sign, what, cause_of(check), check, "make-partitions")


_ENDPOINT: tuple[tuple[str, str, str], ...] = (
    (
        r"unauthorized",
        "The endpoint refused the secret, or none is configured.",
        "WATCHTOWER_SECRET differs between the caller and the server, is empty, or has fewer than "
        "16 characters. Nothing was verified.",
    ),
    (
        r"too many wrong secrets",
        "The endpoint was asked with wrong secrets too often, and makes who sends them wait.",
        "A job still sends an old WATCHTOWER_SECRET. Retry-After says for how long.",
    ),
    (
        r"did not answer within",
        "The verification was not finished in time; nothing is known.",
        "The database is slow or locked.",
    ),
)


def _endpoint(text: str) -> Found:
    """What the endpoint answers when it did not verify."""
    for match in _REFUSED.finditer(text):
        for pattern, what, cause in _ENDPOINT:
            if re.search(pattern, match["error"], re.IGNORECASE):
                step = "who-holds-a-lock" if "answer" in pattern else "verify-again"
                yield match.start(), Symptom(f"The endpoint: {pattern}", what, cause, "", step)


def _phrases(check: str, *patterns: str) -> tuple[re.Pattern[str], str]:
    return re.compile("|".join(patterns), re.IGNORECASE), check


_TRIGGERS = "|".join(guard.trigger for guard in GUARDS)
_SAYINGS = (
    _phrases(
        "guard_triggers",
        rf"(?:{_TRIGGERS}) (?:is|fires|runs|calls|does)\b",
        r"not partitioned and not guarded",
    ),
    _phrases(
        "guard_functions",
        r"\btrg_\w{1,80}\(\) (?:differs from|does not exist|looks as|has no reviewed)",
    ),
    _phrases(
        "guard_behaviour",
        r"\btrg_\w{1,80}\(\) (?:is wrong|came out|was not tried|writes elsewhere|is SECURITY)",
    ),
    _phrases(
        "partition_coverage",
        r"has no partition for [a-z]{3,12} \d{4}",
        r"is half detached",
        r"is not partitioned: one plain",
    ),
    _phrases("foreign_key", r"the foreign key \w{1,80} (?:is|has)\b"),
    _phrases(
        "guard_settings",
        r"session_replication_role is replica for",
        r"the subscription \w{1,80} writes into",
    ),
    _phrases("wrong_keys", r"carry a wrong \w", r"sit in the partition of another month"),
    _phrases("null_keys", r"have a null \w"),
    _phrases(
        "orphan_rows",
        r"do not find their session",
        r"have their session in another month",
        r"have no session",
    ),
    _phrases("default_partition_rows", r"the DEFAULT partition of \S{1,200} holds"),
    _phrases("duplicate_ids", r"stand in more than one month"),
    _phrases(
        "row_visibility",
        r"row level security (?:hides|may hide)",
        r"may not read [\w, ]{1,120} of",
    ),
    _phrases(
        "partition_security",
        r"has no row level security",
        r"the policy [^\n]{1,300} shows every row of \S{1,200}",
    ),
    _phrases("rpc_privileges", r"\(\) may be executed by"),
    _phrases(
        "rpc_answers",
        rf"(?:{TRIGGERS_RPC}|{DRIFT_RPC})\(\) "
        r"(?:answers|has several|raised|does not|may not|says)",
    ),
    _phrases(
        "maintenance",
        r"the job \S{1,80} \([^\n]{1,40}\) (?:failed|is not active|has not run since)",
        r"does not call create_next_month_partitions\(\)",
        r"pg_cron has no job",
    ),
    _phrases("unattached_partitions", r"is named like the partition of"),
    _phrases(
        "freshness",
        r"warning\W{1,4}the newest row of",
        r"no row has come into",
        r"is empty, and had rows on",
    ),
    _phrases("key_constraints", r"hours off for who writes in another time zone"),
)
_STATUS = re.compile(r"^\W*(?:(?:critical|warning|unknown)\W+)?", re.IGNORECASE)
_NOT_A_FINDING = re.compile(r"""\s*[\[{"']|\s*(?:ok|note)\b""", re.IGNORECASE)


def _findings(text: str) -> Found:
    """A fault a line, as `verify-triggers`, `verify` and the cards say it."""
    for pattern, check in _SAYINGS:
        for match in pattern.finditer(text):
            line = _line(text, match)
            if _NOT_A_FINDING.match(line) or _IN_LINE.match(line):
                continue
            words = _short(_STATUS.sub("", line))
            sign = f"A finding of {check}: {words[:60]}"
            yield match.start(), of_check(check, sign, f"{words}.")


def _line(text: str, match: re.Match[str]) -> str:
    """The line in which it stands; of a very long one what is near."""
    start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 200)
    end = text.find("\n", match.end())
    return text[start : min(len(text) if end < 0 else end, match.end() + 400)]
