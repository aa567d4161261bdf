"""What of a verification stands beside a later look? Made-up results: the rule is pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from lib.checks import rpc_answers
from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC
from lib.checks.standing import standing, tried
from lib.core.context import Verdict
from lib.core.remedies import Remedies, statements
from lib.core.results import CheckResult, Finding, Report, Status, not_applicable, unknown
from lib.db.database import Session
from lib.history.ground import Ground, newest, stands
from lib.history.renamed import rows_today

OK, WARNING, UNKNOWN, CRITICAL = Status
SEEN = "partition_coverage"  # what a refresh observes by itself
TRIED = "guard_behaviour"


def said(check: str, *findings: tuple[str, Status], behind: tuple[str, ...] = ()) -> CheckResult:
    kept = tuple(
        Finding(
            subject,
            status,
            f"{subject} is {status.word}",
            behind=behind if status is CRITICAL else (),
            **rows_today({"subject": subject}),
        )
        for subject, status in findings
    )
    return CheckResult(check, kept, " ".join(each.detail for each in kept))


def then(
    before: CheckResult, *after: CheckResult, verifying: bool = False, read: tuple[str, ...] = ()
) -> CheckResult | None:
    """What is said of the check of `before`, once these were seen?"""
    found = standing(after, [before], verifying=verifying, read=read)
    return next((result for result in found if result.check == before.check), None)


def status(result: CheckResult | None) -> Status:
    assert result is not None
    return result.status


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("now", Status)
def test_what_only_a_verification_tries_is_never_better_than_it_said(
    before: Status, now: Status
) -> None:
    for check in (TRIED, "trigger_order", "history"):
        old, new = said(check, ("x", before)), said(check, ("x", now))
        assert status(then(old, new)) is max(before, now)
        absent = then(old)
        assert (absent is None) if before is OK else status(absent) is before


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("now", Status)
def test_what_a_refresh_observes_it_clears_and_blind_it_clears_nothing_critical(
    before: Status, now: Status
) -> None:
    found = then(said(SEEN, ("x", before)), said(SEEN, ("x", now)))
    assert status(found) is (CRITICAL if (before, now) == (CRITICAL, UNKNOWN) else now)


@pytest.mark.parametrize("verifying", [False, True])
def test_whole_check_that_saw_nothing_keeps_each_critical_beside_its_unknown(
    *, verifying: bool
) -> None:
    old = said(SEEN, ("x", CRITICAL), ("y", CRITICAL), ("z", WARNING))
    found = then(old, unknown(SEEN, "no answer"), verifying=verifying)
    assert found is not None
    assert [(each.subject, each.status) for each in found.findings] == [
        ("x", CRITICAL),
        ("y", CRITICAL),
        (SEEN, UNKNOWN),
    ]
    assert {each.behind for each in found.findings if each.status is CRITICAL} == {(SEEN,)}
    again = then(found, unknown(SEEN, "no answer"), verifying=verifying)
    assert status(again) is CRITICAL
    seen = then(found, said(SEEN, ("x", OK)), verifying=verifying)
    assert status(seen) is OK


def test_what_was_never_seen_holds_up_nothing() -> None:
    """An unknown that was there when it was found hides no more than it did then."""
    old = said(SEEN, ("leaf", CRITICAL), ("y", UNKNOWN))
    assert status(then(old, said(SEEN, ("y", UNKNOWN)))) is UNKNOWN
    blind = said(SEEN, ("leaf", CRITICAL), ("x", UNKNOWN), ("y", UNKNOWN), behind=("x",))
    assert status(then(blind, said(SEEN, ("x", UNKNOWN), ("y", UNKNOWN)))) is CRITICAL
    assert status(then(blind, said(SEEN, ("x", OK), ("y", UNKNOWN)))) is UNKNOWN


def test_verification_clears_what_it_tried_itself() -> None:
    for now in (OK, WARNING):
        old, new = said(TRIED, ("x", CRITICAL)), said(TRIED, ("x", now))
        assert status(then(old, new, verifying=True)) is now
    assert then(said("history", ("x", WARNING)), verifying=True) is None, "its row was kept"
    assert then(said("of_yore", ("x", CRITICAL)), verifying=True) is None, "a check no more"
    assert status(then(said("of_yore", ("x", CRITICAL)))) is CRITICAL


def test_what_does_not_apply_keeps_nothing() -> None:
    found = then(said(TRIED, ("x", CRITICAL)), not_applicable(TRIED, "plain tables"))
    assert found is not None
    assert not found.applies
    assert found.findings == ()


def test_of_the_rpcs_only_the_one_that_writes_waits_for_a_verification() -> None:
    drift, triggers = f"public.{DRIFT_RPC}()", f"public.{TRIGGERS_RPC}()"
    old = said("rpc_answers", (triggers, CRITICAL), (drift, CRITICAL))
    found = then(old, said("rpc_answers", (triggers, OK), (drift, OK)))
    assert found is not None
    assert {each.subject: each.status for each in found.findings} == {
        drift: CRITICAL,
        triggers: OK,
    }
    assert found.summary == old.summary


def test_rpc_that_was_right_to_say_no_is_only_asked_again_once_all_is_in_order() -> None:
    drift, other = f"public.{DRIFT_RPC}()", f"public.{TRIGGERS_RPC}()"
    rest = rpc_answers.AFTER_THE_REST

    def remedy(old: Remedies, *seen: tuple[str, Status]) -> Remedies:
        code = rpc_answers.UNTRUE if old == rest else "contradicts"
        no = Finding(drift, CRITICAL, "answers false", old, code=code)
        told = then(CheckResult("rpc_answers", (no,), ""), said("rpc_answers", *seen))
        assert told is not None
        (stays,) = (each for each in told.findings if each.status is CRITICAL)
        return stays.remedies

    assert remedy(rest, (drift, OK)) == rpc_answers.ASK_AGAIN
    assert remedy(rest, (drift, OK), (other, WARNING)) == rpc_answers.ASK_AGAIN
    assert remedy(rest, (other, OK)) == rest, "of it nothing was seen"
    assert remedy(rest, (drift, WARNING), (other, OK)) == rest
    for own in (statements("run the file"), ()):
        assert remedy(own, (drift, OK)) == own, "it is wrong itself"


def test_check_that_is_none_any_more_takes_no_other_with_it() -> None:
    gone, wrong = said("of_yore", ("x", CRITICAL)), said(SEEN, ("x", CRITICAL))
    told = standing([unknown(SEEN, "no answer")], [gone, wrong], verifying=True)
    assert [(each.check, each.status) for each in told] == [(SEEN, CRITICAL)]


def test_older_rows_stand_unless_the_refresh_knows_what_was_read_of_them() -> None:
    check, subject = "wrong_keys", "public.sessions, older"
    old, new = said(check, (subject, WARNING)), said(check, (subject, OK))
    assert status(then(old, new)) is WARNING
    assert status(then(old, new, read=(f"{check}: public.sessions",))) is OK
    assert status(then(old, new, read=(f"{check}: public.events",))) is WARNING
    assert not tried(check, Finding("public.sessions", WARNING, ""))


def reported(minute: int, *checks: CheckResult) -> Report:
    """What a look at that minute said."""
    return Report(checks, datetime(2026, 12, 1, tzinfo=UTC) + timedelta(minutes=minute), 1, 7)


def grounded(report: Report) -> Ground:
    """The verification of any process that said this."""
    return Ground("id", report, {}, report.checked_at)


@pytest.mark.parametrize("verifying", [False, True])
def test_what_the_last_look_saw_stays_where_nobody_could_look_since(*, verifying: bool) -> None:
    """Also where no verification has seen it yet, or where one has come since that was blind."""
    fine, wrong = said(SEEN, ("x", OK)), said(SEEN, ("x", CRITICAL), ("y", WARNING))
    blind = unknown(SEEN, "no answer")
    last, now = reported(2, wrong), reported(4, blind)
    for verified in (
        None,
        reported(1, fine),
        reported(1, blind),
        reported(3, blind),
    ):
        ground = None if verified is None else grounded(verified)
        told = stands(now, ground, verifying=verifying, last=last)
        assert [(each.subject, each.status) for each in told[SEEN].findings] == [
            ("x", CRITICAL),
            (SEEN, UNKNOWN),
        ]
        again = stands(reported(5, blind), ground, verifying=verifying, last=told)
        assert again[SEEN].status is CRITICAL
        seen = stands(reported(6, fine), ground, verifying=verifying, last=again)
        assert seen[SEEN].status is OK
    since = grounded(reported(3, fine))  # of another process, which could look
    assert stands(now, since, verifying=verifying, last=last)[SEEN].status is UNKNOWN
    tried_since = grounded(reported(3, said(TRIED, ("x", OK))))
    last = reported(2, said(TRIED, ("x", CRITICAL)))
    now = reported(4, said(TRIED, ("x", OK)))
    assert stands(now, tried_since, verifying=verifying, last=last)[TRIED].status is OK


def test_report_stands_alone_where_there_was_nothing_before_it() -> None:
    now = reported(1, said(SEEN, ("x", WARNING)))
    assert stands(now, None, verifying=False) == now


def test_verification_of_the_same_moment_is_no_older_than_the_look() -> None:
    verified = grounded(reported(1, said(SEEN, ("x", OK))))
    told = stands(
        reported(2, unknown(SEEN, "no answer")),
        verified,
        verifying=False,
        last=reported(1, said(SEEN, ("x", CRITICAL))),
    )
    assert told[SEEN].status is UNKNOWN


def test_refresh_that_repeats_what_was_read_of_older_rows_speaks_for_them() -> None:
    check, subject = "wrong_keys", "public.sessions, older"
    wrong, now = (
        reported(1, said(check, (subject, WARNING))),
        reported(2, said(check, (subject, OK))),
    )
    assert stands(now, grounded(wrong), verifying=False)[check].status is WARNING
    proof = Verdict("k", "k", None, Finding("k", OK, ""))
    read = replace(grounded(wrong), proven={f"{check}: public.sessions": proof})
    assert stands(now, read, verifying=False)[check].status is OK


def test_what_only_a_verification_tries_a_verification_alone_clears() -> None:
    fine, wrong = said(TRIED, ("x", OK)), said(TRIED, ("x", CRITICAL))
    ground, last = grounded(reported(1, wrong)), reported(2, wrong)
    for verifying, status in ((False, CRITICAL), (True, OK)):
        told = stands(reported(3, fine), ground, verifying=verifying, last=last)
        assert told[TRIED].status is status
    assert [check.check for check in stands(reported(3), ground, verifying=False).checks] == [TRIED]
    assert stands(reported(3), ground, verifying=True).checks == (), "it is no check any more"


def test_narrower_window_than_the_usual_one_clears_no_recent_row() -> None:
    old, new = said("null_keys", ("x", CRITICAL)), said("null_keys", ("x", WARNING))
    ground, now = grounded(reported(1, old)), reported(2, new)
    assert stands(now, ground, verifying=True, narrower=True)["null_keys"].status is CRITICAL
    assert stands(now, ground, verifying=True)["null_keys"].status is WARNING


def test_run_began_when_its_row_says_and_no_later_than_the_row_was_written() -> None:
    """What changed in between it need not have seen: that is verified once more."""
    written = datetime(2026, 12, 1, 12, tzinfo=UTC)
    earlier = written - timedelta(minutes=2)

    def began(details: dict[str, object]) -> datetime:
        row = {"id": "7", "details": details, "created_at": written}
        known = newest(cast(Session, SimpleNamespace(rows=lambda *_, **__: [row])), None)
        assert known is not None
        return known.began

    assert began({"checked_at": earlier.isoformat()}) == earlier
    ahead = (written + timedelta(days=400)).isoformat()
    for said_ in (ahead, "2026-12-01T11:00:00", "noon", 3, None):
        assert began({"checked_at": said_}) == written
    assert began({}) == written


def test_verification_that_left_no_row_has_a_name_that_no_row_bears() -> None:
    first, second = reported(1, said(SEEN, ("x", OK))), reported(2, said(SEEN, ("x", OK)))
    assert Ground.of(replace(first, row="7")).id == "7"
    assert len({Ground.of(first).id, Ground.of(second).id, ""}) == 3
    assert not Ground.of(first).id.isdigit()


def test_what_a_verification_tried_is_known_to_the_looks_after_it() -> None:
    verdict = Verdict("f", "digest", True, Finding("f", OK, "behaves"))
    tries = ({"definition": "digest", "verdict": verdict},)
    own = replace(said(TRIED, ("x", OK)), tables={"verdicts": tries})
    assert dict(Ground.of(reported(1, own)).proven) == {"digest": verdict}


@pytest.mark.parametrize("now", [WARNING, UNKNOWN])
def test_narrower_window_clears_no_critical_that_it_calls_older(now: Status) -> None:
    """Of the checks that go by the window, and of the same table."""
    for check in ("null_keys", "wrong_keys", "orphan_rows"):
        old = said(check, ("public.sessions", CRITICAL), ("public.events", WARNING))
        new = said(check, ("public.sessions", OK), ("public.sessions, older", now))
        (told,) = standing([new], [old], verifying=True, narrower=True)
        assert [(f.subject, f.status) for f in told.findings] == [
            ("public.sessions", CRITICAL),
            ("public.sessions, older", now),
        ]
        assert standing([new], [old], verifying=True)[0].status is now, "the usual window clears"
    missing = said("partition_coverage", ("public.sessions", CRITICAL))
    later = said("partition_coverage", ("public.sessions", WARNING))
    assert standing([later], [missing], verifying=True, narrower=True)[0].status is CRITICAL


def test_narrower_window_clears_what_it_finds_right_and_what_goes_by_no_window() -> None:
    check = "wrong_keys"
    old = said(check, ("public.sessions", CRITICAL))
    for new in (
        said(check, ("public.sessions", OK), ("public.sessions, older", OK)),
        said(check, ("public.sessions", OK), ("public.events, older", WARNING)),
        said(check, ("public.sessions", CRITICAL), ("public.sessions, older", WARNING)),
    ):
        assert standing([new], [old], verifying=True, narrower=True) == (new,)
    warned = said(check, ("public.sessions", WARNING))
    assert (
        standing(
            [said(check, ("public.sessions, older", WARNING))],
            [warned],
            verifying=True,
            narrower=True,
        )[0]
        .findings[0]
        .subject
        == "public.sessions, older"
    )
    renamed = said("guard_triggers", ("public.sessions", WARNING))
    dropped = said("guard_triggers", ("public.sessions", CRITICAL))
    assert standing([renamed], [dropped], verifying=True, narrower=True) == (renamed,)
