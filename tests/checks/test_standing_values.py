"""A verdict never softens by itself: each status before, each status seen, each kind of look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lib.checks.rpc_calls import DRIFT_RPC
from lib.checks.standing import standing, tried
from lib.core.context import Verdict
from lib.core.remedies import statements
from lib.core.results import CheckResult, Finding, Status, not_applicable
from lib.history import earlier_looks, proofs
from lib.history.history import REFRESH, History, Run, Since
from tests.history.test_incidents import CHECK, at, blind, looked, ran

OK, WARNING, UNKNOWN, CRITICAL = Status
SEEN, TRIED = "guard_triggers", "guard_behaviour"
NAME = "public.sessions"


def found(check: str, *findings: Finding) -> CheckResult:
    return CheckResult(check, findings, f"{check} in short", seconds=1.0)


def said(status: Status, subject: str = NAME, detail: str = "d") -> Finding:
    return Finding(subject, status, detail)


def stands(
    old: CheckResult,
    new: CheckResult | None,
    *,
    verifying: bool = False,
    read: tuple[str, ...] = (),
) -> CheckResult | None:
    seen = [] if new is None else [new]
    told = standing(seen, [old], verifying=verifying, read=read)
    return told[0] if told else None


@pytest.mark.parametrize("now", Status)
@pytest.mark.parametrize("before", Status)
def test_refresh_clears_what_it_observes_and_nothing_that_only_a_verification_does(
    before: Status, now: Status
) -> None:
    for check in (TRIED, "trigger_order", "history"):
        told = stands(found(check, said(before)), found(check, said(now)))
        assert told is not None
        assert told.status is max(before, now), check
    told = stands(found(SEEN, said(before)), found(SEEN, said(now)))
    assert told is not None
    unseen = now is UNKNOWN and before is CRITICAL
    assert told.status is (CRITICAL if unseen else now), "what was not seen ends no critical"


@pytest.mark.parametrize("now", Status)
@pytest.mark.parametrize("before", Status)
def test_verification_clears_all_that_it_saw_and_no_critical_that_it_could_not_see(
    before: Status, now: Status
) -> None:
    for check in (SEEN, TRIED, "history"):
        told = stands(found(check, said(before)), found(check, said(now)), verifying=True)
        assert told is not None
        unseen = now is UNKNOWN and before is CRITICAL
        assert told.status is (CRITICAL if unseen else now)


@pytest.mark.parametrize("status", [WARNING, UNKNOWN, CRITICAL])
def test_check_that_a_look_does_not_name_stands_unless_a_verification_looked(
    status: Status,
) -> None:
    old = found(SEEN, said(status, detail="a"), said(OK, "b"))
    told = stands(old, None)
    assert told == CheckResult(SEEN, (said(status, detail="a"),), old.summary)
    assert stands(old, None, verifying=True) is None
    assert stands(found(SEEN, said(OK)), None) is None
    apart = not_applicable(SEEN, "plain tables")
    assert stands(old, apart) == apart


def test_what_stands_is_said_beside_what_is_seen_and_the_worse_one_sums_it_up() -> None:
    old = replace(found(TRIED, said(CRITICAL, detail="emptied")), summary="was bad")
    new = replace(found(TRIED, said(OK, "other")), summary="is fine")
    told = stands(old, new)
    assert told is not None
    assert told.findings == (said(CRITICAL, detail="emptied"), said(OK, "other"))
    assert (told.summary, told.seconds) == ("was bad", 1.0)
    worse = replace(found(TRIED, said(CRITICAL, "other")), summary="is bad")
    told = stands(old, worse)
    assert told is not None
    assert told.summary == "is bad"
    assert len(told.findings) == 2


def test_what_is_said_anew_is_said_once() -> None:
    old = found(TRIED, said(CRITICAL, detail="emptied"))
    for status, times in ((CRITICAL, 1), (UNKNOWN, 2), (WARNING, 2)):
        told = stands(old, found(TRIED, said(status, detail="again")))
        assert told is not None
        assert len(told.findings) == times


def test_critical_stands_as_long_as_something_cannot_be_seen_that_could_be_then() -> None:
    old = found(SEEN, said(CRITICAL, "leaf"), said(OK))
    dark = found(SEEN, said(UNKNOWN, NAME))
    told = stands(old, dark)
    assert told is not None
    assert told.findings[0] == replace(said(CRITICAL, "leaf"), behind=(NAME,))
    again = stands(told, dark)
    assert again is not None
    assert again.findings[0].behind == (NAME,), "and so it goes on"
    light = stands(again, found(SEEN, said(OK)))
    assert light is not None
    assert light.findings == (said(OK),)
    always = found(SEEN, said(CRITICAL, "leaf"), said(UNKNOWN, "x"))
    gone = stands(always, found(SEEN, said(UNKNOWN, "x")))
    assert gone is not None
    assert gone.status is UNKNOWN, "x was dark then too, and the leaf is seen no more"
    mild = stands(found(SEEN, said(WARNING, "leaf")), dark)
    assert mild is not None
    assert mild.findings == dark.findings


def test_older_rows_are_read_by_a_verification_unless_its_answer_is_repeated() -> None:
    key = f"wrong_keys: {NAME}"
    wrong, right = (replace(said(each, f"{NAME}, older"), older=NAME) for each in (WARNING, OK))
    old, new = found("wrong_keys", wrong), found("wrong_keys")
    kept = stands(old, new)
    assert kept is not None
    assert kept.findings == (wrong,)
    repeated = stands(old, replace(new, findings=(right,)), read=(key,))
    assert repeated is not None
    assert repeated.findings == (right,)
    assert tried("wrong_keys", wrong)
    assert not tried("wrong_keys", wrong, (key,))
    assert not tried("wrong_keys", said(WARNING))


def test_drift_rpc_is_called_by_a_verification_alone() -> None:
    subject = f"public.{DRIFT_RPC}()"
    assert tried("rpc_answers", said(OK, subject))
    assert not tried("rpc_answers", said(OK, "public.verify_partition_triggers_exist()"))
    assert not tried("guard_triggers", said(OK, subject))
    raised = found("rpc_answers", said(CRITICAL, subject, "raised"))
    older = found("rpc_answers", said(OK, subject, "last answered ok"))
    told = stands(raised, older)
    assert told is not None
    assert told.status is CRITICAL, "its last row is of before it raised"
    fresh = stands(raised, older, verifying=True)
    assert fresh is not None
    assert fresh.status is OK


# What a row keeps of it for every process.


def piece(first: int, last: int, rows: int = 0, why: str | None = None) -> dict[str, object]:
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    seen = moment - timedelta(days=99) if rows else None
    return {
        "key": "k",
        "low": date(2026, first, 1),
        "high": date(2026, last, 1),
        "rows": rows,
        "why": why,
        "at": moment,
        "since": moment,
        "first_seen": seen,
        "last_seen": seen,
        "keys": [date(2026, 1, 1)] if rows else [],
        "capped": False,
    }


def test_proof_comes_back_from_its_row_as_it_was() -> None:
    wrong = Finding("t", CRITICAL, "wrong", statements("fix"), "m")
    function = Verdict("f", "digest", False, wrong, refuses=True)
    capped = {**piece(3, 4, rows=2), "capped": True}
    parts = (piece(1, 2), piece(2, 3), capped, piece(4, 5, why="no time"))
    rows = Verdict("k", "k", None, Finding("k", OK, ""), parts)
    again = proofs.from_json(proofs.to_json({"digest": function, "k": rows}))
    assert again["digest"] == function
    (older,) = proofs.to_json({"digest": function})
    tries = replace(function, trials=({"function": "f", "outcome": "kept"},))
    assert proofs.to_json({"digest": tries}) == [older], "each try is not kept"
    del older["refuses"]
    assert proofs.from_json([older])["digest"] == replace(function, refuses=None)
    joined = {**parts[0], "high": parts[1]["high"]}
    assert again["k"] == replace(rows, trials=(joined, parts[2], parts[3]))


def test_rubbish_in_a_row_proves_nothing() -> None:
    kept = proofs.to_json({"d": Verdict("f", "d", True, Finding("t", OK, "behaves"))})
    assert set(proofs.from_json(kept)) == {"d"}
    for rubbish in (None, 3, "x", {}, [3], [{}], [{**kept[0], "finding": None}],
                    [{**kept[0], "older": [{}]}], [{**kept[0], "older": None}]):  # fmt: skip
        assert proofs.from_json(rubbish) == {}
    purple = {**kept[0], "finding": {**kept[0]["finding"], "status": "purple"}}
    assert set(proofs.from_json([purple, *kept])) == {"d"}


def test_turn_that_refreshes_saw_is_kept_with_the_look_before_it() -> None:
    fine, broken = looked(0, 4, OK), looked(5, 9, CRITICAL)
    first = replace(looked(4.5, 4.5, UNKNOWN), worst="w" * 999)
    kept = earlier_looks.turned([fine, first, broken], CRITICAL)
    assert [each["at"] for each in kept] == [at(0).isoformat(), at(4.5).isoformat()]
    assert [each["until"] for each in kept] == [at(4).isoformat(), at(4.5).isoformat()]
    assert kept[1]["checks"] == {CHECK: "unknown"}
    assert len(kept[1]["worst"]) == 300
    earlier = looked(-5, -1, WARNING)
    assert earlier_looks.turned([earlier, fine, first, broken], CRITICAL) == kept, (
        "the last before it"
    )
    assert earlier_looks.turned([fine, broken], OK) == [], "the verification finds otherwise"
    assert len(earlier_looks.turned([broken], UNKNOWN)) == 1
    assert earlier_looks.turned([], OK) == []
    assert earlier_looks.turned([fine, blind(5)], UNKNOWN)[0]["at"] == at(0).isoformat()


def test_a_warning_that_refreshes_saw_come_or_go_is_kept_too() -> None:
    """Else it would be dated by the verification, later than everybody had seen it."""
    fine, warned, long = looked(0, 4, OK), looked(5, 9, WARNING), looked(10, 14, WARNING)
    for noticed, then in (
        ([fine, warned, long], {CHECK: WARNING, "history": OK}),
        ([warned, looked(10, 14, OK)], {CHECK: OK}),
        ([looked(0, 4, CRITICAL), fine, warned], {CHECK: WARNING}),
    ):
        kept = earlier_looks.turned(noticed, max(then.values()), then)
        assert [each["at"] for each in kept] == [run.at.isoformat() for run in noticed[:2]]
    history = History((replace(ran(15, WARNING), noticed=(fine, warned)),)).recorded
    assert history.since(WARNING, CHECK) == Since(at(4), at(5))
    red = {CHECK: CRITICAL, "other": WARNING}
    before = replace(looked(0, 4, CRITICAL), checks={CHECK: UNKNOWN, "other": OK})
    kept = earlier_looks.turned([before, replace(before, at=at(5), checks=red)], CRITICAL, red)
    assert [each["at"] for each in kept] == [at(0).isoformat(), at(5).isoformat()]
    kept = earlier_looks.turned([fine, warned], OK, {CHECK: OK})
    assert [each["at"] for each in kept] == [at(0).isoformat()], "the verification finds otherwise"


def test_glimpse_comes_back_from_its_row_and_rubbish_does_not() -> None:
    def again(kept: object, latest: float = 10) -> list[Run]:
        return list(earlier_looks.glimpses(kept, at(latest)))

    kept = earlier_looks.turned([looked(0, 4, OK), looked(5, 9, CRITICAL)], CRITICAL)
    assert [(run.at, run.until, run.status, dict(run.checks)) for run in again(kept)] == [
        (at(0), at(4), OK, {CHECK: OK}),
        (at(5), at(9), CRITICAL, {CHECK: CRITICAL}),
    ]
    assert again(kept, 7)[1].until == at(7), "no later than its row"
    assert [run.at for run in again(kept, 4)] == [at(0)]
    assert [run.at for run in again(kept, 5)] == [at(0), at(5)], "as late as its row"
    assert [(run.kind, run.worst, run.apart) for run in again(kept)] == [(REFRESH, "", ())] * 2
    assert len({run.id for run in again(kept)}) == 2
    told = replace(looked(0, 4, WARNING), worst="it is late", apart=("maintenance",))
    (seen,) = again(earlier_looks.turned([told], WARNING))
    assert (seen.worst, seen.apart) == ("it is late", ("maintenance",))
    assert len(again([{**kept[0], "worst": "w" * 999}])[0].worst) == 300
    assert len(again([*kept, *kept])) == 2
    one = kept[0]
    for rubbish in (None, 3, {}, [3], [{}], [{**one, "checks": {}}], [{**one, "checks": None}],
                    [{**one, "checks": {CHECK: "purple"}}], [{**one, "at": "x"}],
                    [{**one, "until": "2026-11-20T12:00:00"}], [{**one, "at": None}]):  # fmt: skip
        assert again(rubbish) == []
    assert [run.at for run in again([{"at": 3}, kept[1]])] == [at(5)], "and the rest is read"
