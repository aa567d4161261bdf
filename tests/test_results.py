"""Is a verdict only ever as good as what was seen? Values made here: no connection, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations_with_replacement
from typing import Any

import pytest

from lib.core.remedies import statements
from lib.core.results import (
    CheckResult,
    Finding,
    Reach,
    Report,
    Status,
    not_applicable,
    rfc3339,
    unknown,
    worst,
)

OK, WARNING, UNKNOWN, CRITICAL = Status
NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
EXIT = {OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3}
SETS = [chosen for n in (1, 2, 3) for chosen in combinations_with_replacement(Status, n)]


def found(check: str, *statuses: Status, **more: Any) -> CheckResult:
    findings = (Finding(f"{check} {n}", status, f"d{n}") for n, status in enumerate(statuses))
    return CheckResult(check, tuple(findings), f"{check} in short", **more)


def report(*checks: CheckResult, **more: Any) -> Report:
    return Report(checks, NOON, 12, 7, **more)


def test_order_is_ok_warning_unknown_critical() -> None:
    assert list(Status) == sorted([CRITICAL, OK, UNKNOWN, WARNING])
    assert OK < WARNING < UNKNOWN < CRITICAL
    assert [status.word for status in Status] == ["ok", "warning", "unknown", "critical"]


@pytest.mark.parametrize("status", Status)
def test_exit_code_is_of_the_nagios_convention(status: Status) -> None:
    assert status.exit_code == EXIT[status]


@pytest.mark.parametrize("statuses", SETS)
def test_ok_is_true_exactly_when_nothing_is_critical_and_nothing_unknown(
    statuses: tuple[Status, ...],
) -> None:
    right = CRITICAL not in statuses and UNKNOWN not in statuses
    by_check = report(*(found(f"check {n}", status) for n, status in enumerate(statuses)))
    by_finding = report(found("calm", OK), found("check", *statuses))
    for told in (by_check, by_finding):
        assert told.ok is right
        assert told.to_json()["ok"] is right
        assert told.status is max(statuses)
        assert told.to_json()["status"] == max(statuses).word


def test_what_found_nothing_out_is_unknown_and_never_ok() -> None:
    assert worst([]) is UNKNOWN
    assert CheckResult("x", (), "").status is UNKNOWN
    assert not report(found("calm", OK), CheckResult("x", (), "")).ok
    assert not report().ok
    assert report().status is UNKNOWN


def test_check_that_did_not_run_is_unknown() -> None:
    told = report(found("a", OK), found("b", WARNING))
    assert told["b"].status is WARNING
    absent = told["c"]
    assert (absent.check, absent.status, absent.summary) == ("c", UNKNOWN, "c did not run")
    assert told.status_of("a") is OK
    assert told.status_of("a", "b") is WARNING
    assert told.status_of("a", "b", "c") is UNKNOWN


def test_check_that_could_not_look_says_why() -> None:
    blind = unknown("x", "no right to read")
    assert (blind.check, blind.status, blind.summary) == ("x", UNKNOWN, "no right to read")
    told = Finding(
        "x", UNKNOWN, "no right to read", code="not_observed", headline="the check x could not look"
    )
    assert blind.findings == (told,)
    why = unknown("x", "no right to read", "not_readable", "this role may not read it").findings[0]
    assert (why.code, why.headline) == ("not_readable", "this role may not read it")


@pytest.mark.parametrize("status", Status)
def test_check_that_does_not_apply_is_shown_and_outside_the_verdict(status: Status) -> None:
    apart = not_applicable("x", "there is nothing to look at")
    assert (apart.check, apart.findings, apart.summary) == ("x", (), "there is nothing to look at")
    assert (apart.applies, apart.standing, apart.word) == (False, None, "not_applicable")
    assert apart.to_json()["status"] == "not_applicable"
    own = found("a", status)
    assert (own.applies, own.standing, own.word) == (True, status, status.word)
    told = report(own, apart)
    assert (told.status, told.ok) == (status, status in (OK, WARNING))
    assert (told.applying, told.apart) == ((own,), ("x",))
    assert told.status_of("a", "x") is status
    assert told.status_of("x") is UNKNOWN
    assert [check["status"] for check in told.to_json()["checks"]] == [own.word, "not_applicable"]
    assert report(apart).status is UNKNOWN, "where none applies nothing was found out"
    assert replace(apart, tables={"radius": (row("w", 3),)}) not in told.applying


def test_failing_is_worst_first_and_else_as_found() -> None:
    check = found("x", WARNING, OK, CRITICAL, WARNING, UNKNOWN)
    assert [each.detail for each in check.failing()] == ["d2", "d4", "d0", "d3"]
    assert (check.count(WARNING), check.count(OK, CRITICAL), check.count()) == (2, 2, 0)
    told = report(found("a", WARNING, OK), found("b", CRITICAL, WARNING), found("c", UNKNOWN))
    assert [(each.check, one.status) for each, one in told.failing()] == [
        ("b", CRITICAL),
        ("c", UNKNOWN),
        ("a", WARNING),
        ("b", WARNING),
    ]


def test_rows_are_settled_where_somebody_accepted_them_and_they_are_a_note() -> None:
    note = Finding("x", OK, "3 rows", accepted="3 by ada")
    assert CheckResult("x", (Finding("y", OK, ""), note), "").settled
    assert not CheckResult("x", (Finding("y", OK, ""),), "").settled
    assert not CheckResult("x", (replace(note, status=WARNING),), "").settled, "one row more"


def test_json_is_the_contracts_body_and_no_more() -> None:
    one = Finding(
        "t", CRITICAL, "is missing", statements("create it"), means="rows drift", accepted="ada"
    )
    check = CheckResult("x", (one,), "0 of 1", {"rows": ({"secret": 1},)}, 2.5)
    told = report(check, drift={"ok": False}, database="db", role="r", who="ada", face="page")
    assert told.to_json() == {
        "ok": False,
        "status": "critical",
        "checked_at": "2026-12-31T12:00:00Z",
        "duration_ms": 12,
        "drift": {"ok": False},
        "checks": [
            {
                "check": "x",
                "status": "critical",
                "summary": "0 of 1",
                "findings": [
                    {
                        "subject": "t",
                        "status": "critical",
                        "detail": "is missing",
                        "remedy": "create it",
                    }
                ],
            }
        ],
    }
    assert report(check).to_json()["drift"] is None


def test_moment_is_rfc_3339_in_utc() -> None:
    local = datetime(2027, 1, 1, 1, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(local) == "2026-12-31T23:30:00Z"


def row(fault: str, rows: int, first: float | None = 1, last: float | None = 0) -> dict[str, Any]:
    """Rows that were first seen so many hours before noon, and last so many."""
    moments = [None if hours is None else NOON - timedelta(hours=hours) for hours in (first, last)]
    return {
        "table": "sessions",
        "fault": fault,
        "rows": rows,
        "first_seen": moments[0],
        "last_seen": moments[1],
    }


def radius(status: Status, *rows: dict[str, Any], **more: Any) -> CheckResult:
    return found("x", status, tables={"radius": rows}, **more)


def test_reach_is_of_checks_that_are_not_ok_and_of_all_of_their_rows() -> None:
    told = report(
        radius(CRITICAL, row("wrong month", 3, 5, 2)),
        radius(UNKNOWN, row("null key", 2, 4, 1)),
        radius(WARNING, row("not counted", 9, 99, 0)),
        found("y", CRITICAL),
    )
    assert told.reach() == Reach(
        {("sessions", "wrong month"): 3, ("sessions", "null key"): 2},
        NOON - timedelta(hours=5),
        NOON - timedelta(hours=1),
    )
    assert report(radius(WARNING, row("wrong month", 3))).reach() is None
    assert report(radius(CRITICAL, row("w", 3, None, 1))).reach() is None
    assert report(radius(CRITICAL, row("w", 3, 1, None))).reach() is None


def test_accepted_older_rows_are_out_of_reach_and_newer_ones_are_not() -> None:
    note = Finding("x", OK, "3 rows", accepted="3 by ada")
    older = {**row("older: wrong month", 3, 900, 800), "older": True}
    check = radius(CRITICAL, older, row("wrong month", 1, 2, 1))
    both = Reach({("sessions", "older: wrong month"): 3, ("sessions", "wrong month"): 1},
                 NOON - timedelta(hours=900), NOON - timedelta(hours=1))  # fmt: skip
    assert report(check).reach() == both
    settled = replace(check, findings=(*check.findings, note))
    recent = Reach({("sessions", "wrong month"): 1}, NOON - timedelta(hours=2), both.last)
    assert report(settled).reach() == recent


def test_reach_survives_the_history_and_rubbish_there_is_none() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=5)))
    reach = Reach({("sessions", "wrong month"): 3}, local - timedelta(hours=3), local)
    kept = reach.to_json()
    assert kept == {
        "rows": {"sessions: wrong month": 3},
        "first": "2026-12-31T09:00:00+00:00",
        "last": "2026-12-31T12:00:00+00:00",
    }
    again = Reach.from_json({**kept, "first": local.isoformat()})
    assert again is not None
    assert again.first == NOON
    assert again.first.tzinfo is again.last.tzinfo is UTC
    assert Reach.from_json({**kept, "rows": {"a": "7"}}) == Reach(
        {("a", ""): 7}, reach.first, reach.last
    )
    for rubbish in (None, 3, "x", [], {}, {"rows": {}}, {**kept, "rows": 3},
                    {**kept, "rows": {"a": "x"}}, {**kept, "last": "x"}, {**kept, "first": 3},
                    {**kept, "first": "0001-01-01T00:00:00+10:00"}):  # fmt: skip
        assert Reach.from_json(rubbish) is None
