"""Does one check that fails leave the others their say, and is time up when it is? Values alone."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lib import verification
from lib.checks import CHECKS
from lib.checks.check import Check, Run
from lib.checks.rpc_answers import drift_answer
from lib.checks.unwatched import does_not_apply
from lib.core.context import Context, Verdict
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.results import CheckResult, Finding, Report
from lib.db.database import Session
from tests.contract.reports import CRITICAL, OK, UNKNOWN, report
from tests.guards import GUARDS

NOON = datetime(2028, 2, 29, 12, tzinfo=UTC)


def asked() -> Context:
    """The question of a run, in which it was read already that a table is partitioned."""
    return Context(GUARDS, NOON, kept={"partitions": ({"kind": "p"},)})


def session() -> Session:
    return cast(Session, SimpleNamespace(reserve=0.0))


def calm(_: Session, context: Context) -> CheckResult:
    """A check that sees what was found before it."""
    return CheckResult("calm", (Finding("t", OK, f"after {', '.join(context.seen)}"),), "fine")


def refused(_: Session, __: Context) -> CheckResult:
    raise QueryFailed("checks/x", "42501", "permission denied for table sessions")


def gone(_: Session, __: Context) -> CheckResult:
    raise DatabaseUnreachable("The database does not answer.")


def broken(_: Session, __: Context) -> CheckResult:
    raise ZeroDivisionError("secret words")


def silent(_: Session, __: Context) -> None:
    return None


def named(name: str, run: Run) -> Check:
    return replace(CHECKS[0], name=name, run=run)


def checks(*runs: Run) -> tuple[Check, ...]:
    return tuple(named(run.__name__, run) for run in runs)


def test_check_that_fails_is_unknown_with_its_reason_and_the_others_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        results = verification.run_checks(
            session(), asked(), checks(refused, gone, broken, silent, calm)
        )
    assert [(each.check, each.status) for each in results] == [
        ("refused", UNKNOWN),
        ("gone", UNKNOWN),
        ("broken", UNKNOWN),
        ("calm", OK),
    ]
    assert [each.summary for each in results[:3]] == [
        "not observed: permission denied for table sessions",
        "not observed: The database does not answer.",
        "not observed: the check failed unexpectedly; the log says more",
    ]
    assert [(each.findings[0].code, each.findings[0].headline) for each in results[:3]] == [
        ("not_readable", "a catalog or table was not read: permission denied"),
        ("no_answer", "the database does not answer"),
        ("failed", "broken failed unexpectedly"),
    ]
    remedies = [each.findings[0].remedy for each in results]
    assert "sql/setup/50_role.sql" in str(remedies[0])
    assert remedies[1:] == [None, None, None]
    assert results[3].findings[0].detail == "after refused, gone, broken"
    assert [record.getMessage() for record in caplog.records] == [
        "The check broken failed unexpectedly"
    ]
    assert caplog.records[0].exc_info


def test_each_check_is_timed_and_told_as_it_lands() -> None:
    heard: list[CheckResult] = []
    results = verification.run_checks(
        session(), asked(), checks(silent, calm, refused), progress=heard.append
    )
    assert tuple(heard) == results
    assert [each.check for each in heard] == ["calm", "refused"]
    assert all(0 < each.seconds < 60 for each in results)


def test_time_is_kept_for_the_rpcs_and_for_the_history_row(monkeypatch: pytest.MonkeyPatch) -> None:
    own = session()
    kept: list[float] = []

    def noting(known: Session, _: Context) -> None:
        kept.append(known.reserve)

    first, last = named("first", noting), named("last", noting)
    monkeypatch.setattr(verification, "rpc_answers", SimpleNamespace(CHECK=last))
    verification.run_checks(own, asked(), (first, last))
    assert kept == [1.5, 0.5]
    assert own.reserve == 0


def test_where_nothing_is_watched_one_says_so_and_the_others_do_not_apply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, plain = session(), CheckResult("refused", (Finding("t", CRITICAL, "plain"),), "plain")
    asked_with: list[tuple[object, float]] = []

    def unwatched(known: Session, context: Context) -> dict[str, CheckResult]:
        asked_with.append((context, known.reserve))
        return {"refused": plain}

    monkeypatch.setattr(verification, "unwatched", unwatched)
    question = asked()
    told = verification.run_checks(own, question, checks(calm, refused, broken))
    assert asked_with == [(question, 0.5)]
    assert [replace(each, seconds=0.0) for each in told] == [
        does_not_apply("calm"),
        plain,
        does_not_apply("broken"),
    ], "none of them ran"
    assert [each.check for each in told] == ["calm", "refused", "broken"]


def test_question_is_passed_on_as_it_was_asked() -> None:
    proven = {"d": Verdict("f", "d", True, Finding("t", OK, ""))}
    later, folder = NOON + timedelta(days=1), Path("reviewed")
    told = verification._Asked(
        GUARDS[:1], 30, 12, later, False, NOON, proven, folder, traceless=True
    ).context(NOON)
    assert told == Context(GUARDS[:1], later, 30, 12, False, proven, NOON, folder, True)
    usual = verification._Asked(GUARDS).context(NOON)
    assert usual == Context(GUARDS, NOON)
    assert (usual.window_days, usual.freshness_hours, usual.verifying) == (7, 6, True)


def test_run_is_waited_for_but_not_for_ever() -> None:
    told, never = report(OK), threading.Event()
    assert verification.within(lambda: told) is told

    def late() -> Report:
        never.wait(60)
        return told

    began = time.monotonic()
    with pytest.raises(DatabaseUnreachable, match=r"^The database did not answer within 10 s\.$"):
        verification.within(late, 0.01)
    assert time.monotonic() - began < 5, "no longer than was asked"
    never.set()
    future: Future[Report] = Future()
    with pytest.raises(DatabaseUnreachable, match="did not answer"):
        verification.landed(future, 0.01)
    future.set_result(told)
    assert verification.landed(future) is told
    failed: Future[Report] = Future()
    failed.set_exception(QueryFailed("x", "1", "why"))
    with pytest.raises(QueryFailed, match="why"):
        verification.landed(failed)


def rpc_said(**more: Any) -> CheckResult:
    row = {"rpc": "watchtower_partition_drift_check_v1", "answer": {"ok": False}, "called": True}
    return CheckResult("rpc_answers", (), "", {"answers": ({**row, **more},)})


def test_drift_is_the_rpcs_own_answer_of_this_run_or_null() -> None:
    assert drift_answer(rpc_said()) == {"ok": False}
    assert drift_answer(rpc_said(called=False)) is None, "an answer of before"
    assert drift_answer(rpc_said(answer=True)) is None
    assert drift_answer(rpc_said(rpc="verify_partition_triggers_exist")) is None
    assert drift_answer(replace(rpc_said(), tables={})) is None


def tried(check: str, name: str) -> CheckResult:
    """A verification's check that proved something of this function's definition."""
    verdict = Verdict(name, f"digest of {name}", True, Finding("t", OK, "behaves"))
    row = {"definition": verdict.definition, "verdict": verdict}
    return CheckResult(check, (verdict.finding,), "", {"verdicts": (row,)})


def test_what_a_verification_proved_is_known_to_the_refreshes_after_it() -> None:
    old = {"key": "wrong_keys public.sessions", "rows": 3}
    rows = CheckResult("wrong_keys", (), "", {"older": (old,)})
    told = Report((tried("trigger_order", "o"), tried("guard_behaviour", "b"), rows), NOON, 1, 7)
    found = verification.proven(told)
    assert set(found) == {"digest of o", "digest of b", old["key"]}
    assert found["digest of b"].behaves is True
    assert found[old["key"]].trials == (old,)


def test_nothing_was_proven_by_nobody() -> None:
    assert verification.proven(report(CRITICAL)) == {}
