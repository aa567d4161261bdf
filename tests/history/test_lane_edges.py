"""Does each moment of a lane belong to one span, to the very instant? Made-up runs: it is pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lib.core.results import Status
from lib.history.history import REFRESH, VERIFICATION, History, Run
from lib.history.lanes import ALL, Availability, Bar, Span, availability, bars, gaps, lanes
from tests.history.test_incidents import CHECK, HOLDS, at, blind, lane, looked, ran, rpc

OK, WARNING, UNKNOWN, CRITICAL = Status
MINUTE = timedelta(minutes=1)


def test_run_is_seen_from_its_own_instant_to_the_last_that_it_holds() -> None:
    assert lane(ran(-30), until=5) == [(0, 5, None)], "it held until the very beginning"
    assert lane(ran(-30), ran(0), until=5) == [(0, 5, OK)]
    assert lane(ran(0), ran(5, CRITICAL), until=5) == [(0, 5, OK)]
    assert lane(ran(0), ran(30, CRITICAL), until=40) == [(0, 30, OK), (30, 40, CRITICAL)]
    assert lane(ran(0), until=30) == [(0, 30, OK)]


def test_rows_of_another_time_are_left_out_of_the_rpcs_lane() -> None:
    assert "rpc_answers" not in lanes(History((rpc(-31, OK), rpc(41, OK))), at(0), at(40), HOLDS)
    assert lane(rpc(-30, OK), ran(0), until=9, check="rpc_answers") == [(0, 9, None)]
    assert lane(rpc(9, OK), ran(0), until=9, check="rpc_answers") == [(0, 9, None)]
    assert lane(rpc(-31, CRITICAL), rpc(1, OK), until=9, check="rpc_answers") == [
        (0, 1, None),
        (1, 9, OK),
    ]


def test_what_differs_in_kind_status_or_checks_is_not_one_run() -> None:
    seen = looked(0, 5, OK)
    assert lane(ran(6), until=40, noticed=(seen,), check="maintenance") == [
        (0, 6, None),
        (6, 36, OK),
        (36, 40, None),
    ]
    one, other = ran(0, CRITICAL), ran(15, CRITICAL, "foreign_key")
    assert lane(one, other, until=20) == [(0, 15, CRITICAL), (15, 20, None)]
    lasting = [looked(0, 5, OK), looked(36, 40, OK)]
    assert lane(until=50, noticed=tuple(lasting)) == [(0, 35, OK), (35, 36, None), (36, 50, OK)]
    near = [looked(0, 5, OK), looked(35, 40, OK)]
    assert lane(until=50, noticed=tuple(near)) == [(0, 50, OK)]


def test_look_that_saw_nothing_is_unknown_of_each_check_and_a_row_without_checks_of_all() -> None:
    bare = Run("old", at(5), VERIFICATION, CRITICAL, {})
    found = lanes(History((ran(0), bare)), at(0), at(10), HOLDS)
    assert found[CHECK] == (Span(at(0), at(10), OK),), "it names no check, and takes none back"
    assert found[ALL] == (Span(at(0), at(5), OK), Span(at(5), at(10), CRITICAL))
    part = Run("part", at(5), REFRESH, WARNING, {"maintenance": WARNING})
    assert lane(ran(0), until=10, noticed=(part,)) == [(0, 10, OK)], "it did not look at it"
    assert lane(ran(0), until=10, noticed=(blind(5),)) == [(0, 5, OK), (5, 10, UNKNOWN)]


@pytest.mark.parametrize("ours", Status)
@pytest.mark.parametrize("theirs", Status)
def test_rpcs_row_makes_ours_worse_and_never_better(ours: Status, theirs: Status) -> None:
    runs = (ran(0, ours, "rpc_answers"), rpc(12, theirs))
    found = lane(*runs, until=20, check="rpc_answers")
    after = max(ours, theirs)
    assert found == ([(0, 20, ours)] if after is ours else [(0, 12, ours), (12, 20, after)])


def test_rpcs_row_speaks_for_itself_once_ours_does_not_hold_any_more() -> None:
    runs = (ran(0, CRITICAL, "rpc_answers"), rpc(30, OK), rpc(31, OK))
    assert lane(*runs, until=35, check="rpc_answers") == [(0, 31, CRITICAL), (31, 35, OK)]
    gone = (ran(0, WARNING, "rpc_answers"), ran(15), rpc(27, OK))
    assert lane(*gone, until=30, check="rpc_answers") == [(0, 15, WARNING), (15, 27, None),
                                                          (27, 30, OK)]  # fmt: skip


def test_two_rows_of_one_instant_are_told_by_the_last_word_of_ours() -> None:
    row = replace(rpc(20, OK), at=at(20))
    runs = (ran(0, CRITICAL, "rpc_answers"), row, ran(20, OK, "rpc_answers"))
    assert lane(*runs, until=25, check="rpc_answers") == [(0, 20, CRITICAL), (20, 25, OK)]
    twice = (rpc(0, OK), replace(rpc(0, WARNING), id="b"), replace(rpc(0, OK), id="c"))
    assert lane(*twice, until=5, check="rpc_answers") == [(0, 5, OK)]


def test_bar_takes_what_lies_within_it_and_not_its_neighbours_instant() -> None:
    spans = (Span(at(0), at(10), OK), Span(at(10), at(20), CRITICAL), Span(at(20), at(25), None))
    assert bars(spans, 10 * MINUTE) == (Bar(OK, 1.0), Bar(CRITICAL, 1.0), Bar(None, 0.0))
    tick = timedelta(microseconds=1)
    spans = (Span(at(0), at(10) + tick, CRITICAL), Span(at(10) + tick, at(20), OK))
    assert [bar.status for bar in bars(spans, 10 * MINUTE)] == [CRITICAL, CRITICAL]
    nothing = (Span(at(0), at(5), OK), Span(at(5), at(5), CRITICAL), Span(at(5), at(10), OK))
    assert bars(nothing, 10 * MINUTE) == (Bar(OK, 1.0),)
    mixed = (Span(at(0), at(4), UNKNOWN), Span(at(4), at(6), WARNING), Span(at(6), at(15), None))
    assert bars(mixed, 10 * MINUTE) == (Bar(UNKNOWN, 0.6), Bar(None, 0.0))


def test_gap_is_after_somebody_looked() -> None:
    none = [Span(at(n), at(n + 1), None if n % 2 == 0 else OK) for n in range(5)]
    assert gaps(none) == (none[2], none[4])
    assert gaps(none[1:]) == (none[2], none[4])
    assert gaps(()) == ()


def test_calm_is_ok_whenever_everything_was_looked_at() -> None:
    whole = Availability(ok=9 * MINUTE, unverified=MINUTE)
    assert whole.calm(whole)
    assert not Availability(ok=8 * MINUTE, unverified=2 * MINUTE).calm(whole)
    for wrong in ("warning", "unknown", "critical"):
        assert not replace(whole, **{wrong: MINUTE}).calm(whole)


def test_share_is_of_the_time_in_which_somebody_looked() -> None:
    found = Availability(4 * MINUTE, 2 * MINUTE, MINUTE, 3 * MINUTE, 90 * MINUTE)
    assert found.share == 0.6
    assert Availability(unverified=MINUTE).share is None
    assert Availability(critical=MINUTE).share == 0
    assert Availability(warning=MINUTE).share == 1


MOMENTS = some.integers(-60, 240)
RUNS = some.lists(
    some.tuples(MOMENTS, some.sampled_from(Status), some.booleans()),
    max_size=20,
    unique_by=lambda each: each[0],
)


@settings(max_examples=50, deadline=None)
@given(RUNS)
def test_lanes_have_no_hole_and_bars_lose_no_minute(told: list[tuple[int, Status, bool]]) -> None:
    runs = [
        looked(minute, minute + 3, status) if noticed else ran(minute, status)
        for minute, status, noticed in sorted(told)
    ]
    history = History(
        tuple(run for run in runs if run.kind == VERIFICATION),
        tuple(run for run in runs if run.kind == REFRESH),
    )
    for spans in lanes(history, at(0), at(180), HOLDS).values():
        assert (spans[0].begin, spans[-1].end) == (at(0), at(180))
        assert all(one.end == other.begin for one, other in pairwise(spans))
        assert all(one.status is not other.status for one, other in pairwise(spans))
        found = availability(spans)
        assert sum((span.length for span in spans), timedelta()) == timedelta(hours=3)
        seen = sum(bar.share for bar in bars(spans, timedelta(minutes=30))) / 6
        assert seen == pytest.approx(1 - found.unverified / timedelta(hours=3))


def test_rpcs_rows_alone_say_nothing_of_everything_together() -> None:
    assert lanes(History((rpc(0, CRITICAL),)), at(0), at(5), HOLDS)[ALL] == (
        Span(at(0), at(5), None),
    )
