"""Does every face say of a report just what the contract says: each status, alone and mixed?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import verification
from lib.core.errors import DatabaseUnreachable
from lib.core.results import CheckResult, Report, Status
from lib.faces import api
from lib.faces.cli import main
from lib.faces.commands.verify import as_text
from lib.history.history import VERIFICATION, History, Run
from lib.history.incidents import incidents
from lib.repairs.plan import plan
from lib.reports import proof
from lib.settings.alert_settings import AlertSettings
from lib.watch.alerts import texts
from lib.watch.alerts.rules import Event, Said, decide, wrong_in
from lib.watch.snapshot import Snapshot
from tests.contract.reports import (
    BEARER,
    CHECK,
    CRITICAL,
    EXIT,
    MIXES,
    OK,
    UNKNOWN,
    WARNING,
    Held,
    loudest,
    report,
    right,
)

GONE = DatabaseUnreachable("The database at db.example:5432 does not answer.")
ADDRESS = "postgresql://watchtower:pa55word@db.example:5432/production"
mixed = pytest.mark.parametrize("statuses", MIXES, ids=lambda each: "-".join(s.word for s in each))

# The line of verify-triggers that CI jobs know.
TRIGGERS_OK = (
    "Partition triggers OK (sessions_set_created_month, events_set_session_month_from_session)"
)


def web(answer: Report | BaseException) -> TestClient:
    """The HTTP face of a process that knows just this."""
    return TestClient(Starlette(routes=api.routes(Held(answer))))


def command(
    monkeypatch: pytest.MonkeyPatch, answer: Report | BaseException, *arguments: str
) -> int:
    """The command's exit code, where a verification gives this answer."""

    def answered(*_: Any, **__: Any) -> Report:
        if isinstance(answer, Report):
            return answer
        raise answer

    monkeypatch.setenv("DATABASE_URL", ADDRESS)
    for asked in ("verify", "triggers", "examine"):
        monkeypatch.setattr(verification, asked, answered)
    return main(list(arguments))


# HTTP: 200 says that the verification ran, whatever it found.


@mixed
def test_endpoint_answers_200_with_ok_exactly_when_nothing_is_critical_or_unknown(
    statuses: tuple[Status, ...],
) -> None:
    answer = web(report(*statuses)).post(api.PATH, headers=BEARER)
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert body["ok"] is right(statuses)
    assert body["status"] == loudest(statuses).word
    assert [check["status"] for check in body["checks"]][: len(statuses)] == [
        status.word for status in statuses
    ]
    assert body == report(*statuses).to_json() | {"checked_at": body["checked_at"]}


@mixed
def test_status_for_uptime_checks_is_503_exactly_when_it_is_not_ok(
    statuses: tuple[Status, ...],
) -> None:
    answer = web(report(*statuses)).get(api.STATUS_PATH)
    assert answer.status_code == (200 if right(statuses) else 503)
    assert answer.json()["ok"] is right(statuses)
    assert answer.json()["status"] == loudest(statuses).word
    assert answer.json()["checks"][CHECK] == statuses[0].word


@mixed
def test_metrics_count_the_statuses_in_their_order(statuses: tuple[Status, ...]) -> None:
    text = web(report(*statuses)).get(api.METRICS_PATH).text
    numbers = {OK: 0, WARNING: 1, UNKNOWN: 2, CRITICAL: 3}
    assert f"\nwatchtower_status {numbers[loudest(statuses)]}.0\n" in text
    assert f'\nwatchtower_check_status{{check="{CHECK}"}} {numbers[statuses[0]]}.0\n' in text
    assert "\nwatchtower_up 1.0\n" in text


@mixed
def test_badge_bears_the_word(statuses: tuple[Status, ...]) -> None:
    picture = web(report(*statuses)).get(api.BADGE_PATH)
    assert f"partitions: {loudest(statuses).word}" in picture.text
    others = {status.word for status in Status} - {loudest(statuses).word}
    assert not [word for word in others if f"partitions: {word}" in picture.text]


# The command line.


@mixed
def test_exit_code_of_verify_is_the_status(
    statuses: tuple[Status, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = report(*statuses)
    assert command(monkeypatch, told, "verify") == EXIT[loudest(statuses)]
    said = capsys.readouterr()
    assert said.out == as_text(told) + "\n"
    assert said.out.startswith(f"{loudest(statuses).word}: reference, PostgreSQL 18.4\n")
    assert re.findall(r"^(\w+) +(?=\w+: )", said.out, re.MULTILINE)[: len(statuses)] == [
        status.word for status in statuses
    ]
    assert said.out.count("select 'repairs ") == sum(status is not OK for status in statuses)
    assert said.err == ""


@mixed
def test_verify_json_prints_the_http_body(
    statuses: tuple[Status, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = report(*statuses)
    assert command(monkeypatch, told, "verify", "--json") == EXIT[loudest(statuses)]
    printed = json.loads(capsys.readouterr().out)
    assert printed == web(told).post(api.PATH, headers=BEARER).json()


@mixed
def test_verify_triggers_is_ok_exactly_when_nothing_is_critical_or_unknown(
    statuses: tuple[Status, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(monkeypatch, report(*statuses), "verify-triggers") == (not right(statuses))
    said = capsys.readouterr()
    assert said.out == (f"{TRIGGERS_OK}\n" if right(statuses) else "")
    faults = [status.word for status in sorted(statuses, reverse=True) if status >= UNKNOWN]
    assert [line.partition(":")[0] for line in said.err.splitlines()] == faults


@mixed
def test_plan_is_empty_exactly_when_all_is_ok_and_exits_0(
    statuses: tuple[Status, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = report(*statuses)
    assert plan(told).empty is (loudest(statuses) is OK)
    assert command(monkeypatch, told, "plan") == 0
    printed = capsys.readouterr().out
    assert ("The plan is empty" in printed) is (loudest(statuses) is OK)
    assert printed.count("select 'repairs ") == sum(status is not OK for status in statuses)


def test_unreachable_is_unknown_on_every_face(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = web(GONE)
    endpoint = client.post(api.PATH, headers=BEARER)
    assert endpoint.status_code == 503
    assert endpoint.json() == {"ok": False, "status": "unknown", "error": str(GONE)}
    assert client.get(api.STATUS_PATH).status_code == 503
    assert client.get(api.STATUS_PATH).json()["status"] == "unknown"
    assert "\nwatchtower_status 2.0\n" in client.get(api.METRICS_PATH).text
    assert "\nwatchtower_up 0.0\n" in client.get(api.METRICS_PATH).text
    assert "partitions: unknown" in client.get(api.BADGE_PATH).text
    for arguments, code in ((["verify"], 3), (["verify-triggers"], 1), (["plan"], 3)):
        assert command(monkeypatch, GONE, *arguments) == code
        said = capsys.readouterr()
        assert (said.out, said.err) == ("", f"unknown: {GONE}\n")
    assert command(monkeypatch, GONE, "verify", "--json") == 3
    assert json.loads(capsys.readouterr().out) == endpoint.json()


def test_old_answer_is_no_proof_on_any_face() -> None:
    old = Held(report(OK))
    for aged in (
        replace(old.snapshot, taken_at=datetime.now(UTC) - timedelta(hours=1)),
        replace(old.snapshot, trouble=str(GONE)),
        Snapshot(),
    ):
        old.snapshot = aged
        client = TestClient(Starlette(routes=api.routes(old)))
        assert client.get(api.STATUS_PATH).status_code == 503
        assert client.get(api.STATUS_PATH).json()["ok"] is False
        assert set(client.get(api.STATUS_PATH).json()["checks"].values()) <= {"unknown"}
        assert "\nwatchtower_status 2.0\n" in client.get(api.METRICS_PATH).text
        assert "partitions: unknown" in client.get(api.BADGE_PATH).text
        assert aged.status(datetime.now(UTC)) is UNKNOWN


def test_unreachable_keeps_the_last_critical_beside_it() -> None:
    told = report(CRITICAL, WARNING)
    names = [check.check for check in told.checks[:3]]
    watch = Held(told)
    for lost in (
        replace(watch.snapshot, trouble=str(GONE)),
        replace(watch.snapshot, taken_at=datetime.now(UTC) - timedelta(hours=1)),
    ):
        watch.snapshot = lost
        standing = lost.standing(datetime.now(UTC))
        assert [*standing.values()][:3] == [CRITICAL, UNKNOWN, UNKNOWN]
        client = TestClient(Starlette(routes=api.routes(watch)))
        answer = client.get(api.STATUS_PATH)
        body = answer.json()
        assert (answer.status_code, body["ok"], body["status"]) == (503, False, "unknown")
        assert [body["checks"][name] for name in names] == ["critical", "unknown", "unknown"]
        text = client.get(api.METRICS_PATH).text
        assert "\nwatchtower_status 2.0\n" in text
        assert "\nwatchtower_up 0.0\n" in text
        for name, number in zip(names, ("3.0", "2.0", "2.0"), strict=True):
            assert f'\nwatchtower_check_status{{check="{name}"}} {number}\n' in text


# What is kept, sent and shown.


@mixed
def test_proof_says_the_status_in_every_format(statuses: tuple[Status, ...]) -> None:
    told, word = report(*statuses), loudest(statuses).word
    kept = json.loads(proof.to_json(told, proof.ORIGIN))
    assert (kept["ok"], kept["status"]) == (right(statuses), word)
    head = proof.to_markdown(told, proof.ORIGIN).splitlines()[0]
    assert re.match(rf"# [✓!?✕] {word}\b", head), head
    page = proof.to_html(told, proof.ORIGIN)
    assert re.search(rf"<title>[^<]*\b{word}\b", page), page[:400]


@mixed
def test_alert_is_sent_of_what_is_critical_or_unknown(statuses: tuple[Status, ...]) -> None:
    told = report(*statuses)
    run = ran(told)
    again = [replace(run, at=run.at - timedelta(minutes=15)), run]
    event = decide(again, None, AlertSettings(), run.at)
    assert (event is None) is right(statuses)
    assert wrong_in(run) == {
        check.check: check.status for check in told.checks if check.status in (CRITICAL, UNKNOWN)
    }
    if event is not None:
        known = texts.Known("db", None, run.at, report=told)
        message = texts.told(event, known, run.at)
        assert message.title.startswith(f"Partition Watchtower: {loudest(statuses).word}: ")
        (named,) = re.findall(r"^Not ok: (.+)$", message.body, re.MULTILINE)
        assert {*named.split(", ")} == {
            f"{check} ({status.word})" for check, status in wrong_in(run).items()
        }


@mixed
def test_recovery_is_told_exactly_when_nothing_is_critical_or_unknown(
    statuses: tuple[Status, ...],
) -> None:
    run = ran(report(*statuses))
    opened = opened_at(run.at - timedelta(minutes=1))
    event = decide([run], opened, AlertSettings(), run.at)
    assert (event == Event("recovery", run, opened.checks)) is right(statuses)


@mixed
def test_incident_is_open_exactly_while_it_is_not_ok(statuses: tuple[Status, ...]) -> None:
    run = ran(report(*statuses))
    fine = replace(run, at=run.at - timedelta(hours=1), status=OK, checks={CHECK: OK})
    found = incidents(History((fine, run)))
    assert [each.ended for each in found] == ([] if right(statuses) else [None])
    broken = replace(fine, status=CRITICAL, checks={CHECK: CRITICAL})
    (before,) = incidents(History((broken, run)))
    assert (before.ended == run.at) is right(statuses)


def test_check_that_found_nothing_out_is_unknown_on_every_face(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = CheckResult(CHECK, (), "nothing")
    told = replace(report(OK), checks=(empty, *report(OK).checks[1:]))
    assert web(told).post(api.PATH, headers=BEARER).json()["status"] == "unknown"
    assert web(told).get(api.STATUS_PATH).status_code == 503
    assert command(monkeypatch, told, "verify") == 3
    assert f"unknown   {CHECK}: nothing" in capsys.readouterr().out


def ran(told: Report) -> Run:
    """The run that this report's history row is read as."""
    checks = {check.check: check.status for check in told.checks}
    return Run("run", told.checked_at, VERIFICATION, told.status, checks)


def opened_at(at: datetime) -> Said:
    """People were told of a break at this moment."""
    return Said(UUID(int=1), "open", at, at, {CHECK: CRITICAL})
