"""Does an incident begin, go on and end with the run that shows it, and with no other? Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.results import Reach, Status
from lib.history.history import DRILL, NOTE, VERIFICATION, Deed, History, Run
from lib.history.incidents import UNSEEN, incidents
from lib.reports.review import wording
from tests.history.test_incidents import CHECK, at, blind, looked, only, ran, rpc

OK, WARNING, UNKNOWN, CRITICAL = Status


def bare(minutes: float, status: Status) -> Run:
    """A verification's row that names no check: of an older shape, or a run that saw nothing."""
    return Run(f"bare {minutes}", at(minutes), VERIFICATION, status, {})


@pytest.mark.parametrize("status", Status)
def test_incident_is_of_what_is_critical_or_unknown(status: Status) -> None:
    found = incidents(History((ran(0), ran(15, status), ran(30))))
    assert [each.status for each in found] == ([status] if status in (CRITICAL, UNKNOWN) else [])


@pytest.mark.parametrize("status", [CRITICAL, UNKNOWN])
def test_run_that_saw_nothing_ends_no_incident(status: Status) -> None:
    broken = (ran(0), ran(15, status))
    for calm in (OK, WARNING):
        assert only(*broken, bare(30, calm)).ended is None
        assert only(*broken, bare(30, calm), ran(45)).ended == at(45)
    assert only(*broken, bare(30, UNKNOWN)).ended is None
    assert only(*broken, noticed=(blind(20), blind(30))).ended is None
    assert only(*broken, bare(30, UNKNOWN), ran(45)).ended == at(45)
    assert only(*broken, ran(45), noticed=(blind(20),)).ended == at(45)


def test_run_that_saw_nothing_is_no_last_ok() -> None:
    assert only(ran(0), ran(30, CRITICAL), noticed=(looked(0, 9, OK),)).last_ok == at(9)
    assert only(bare(0, OK), ran(30, CRITICAL)).last_ok is None, (
        "what names no check proves nothing"
    )
    assert only(ran(0), bare(5, OK), ran(30, CRITICAL)).last_ok == at(0)


def test_row_of_an_older_shape_is_an_incident_by_its_status_until_something_is_seen() -> None:
    found = only(ran(0), bare(15, CRITICAL), ran(30))
    assert (found.checks, found.began, found.ended) == ({UNSEEN: CRITICAL}, at(15), at(30))
    assert only(ran(0), bare(15, CRITICAL), rpc(20, OK)).ended is None, "the RPC sees its own alone"
    assert only(ran(0), bare(15, CRITICAL), ran(30), noticed=(looked(20, 20, OK),)).ended == at(20)


def test_fine_before_the_next_one_is_when_the_last_was_repaired() -> None:
    first, second = incidents(
        History((ran(0), ran(15, CRITICAL), ran(30), ran(45, CRITICAL), ran(60)))
    )
    assert (first.last_ok, first.ended) == (at(0), at(30))
    assert (second.last_ok, second.began) == (at(30), at(45))
    yes = (ran(0), rpc(5, CRITICAL), rpc(10, OK), ran(20, CRITICAL))
    assert [each.last_ok for each in incidents(History(yes))] == [at(0), at(0)]


def test_fine_is_known_by_the_later_of_two_that_overlap() -> None:
    seen = (looked(0, 20, OK),)
    assert only(ran(10), ran(30, CRITICAL), noticed=seen).last_ok == at(20)
    assert only(ran(10, CRITICAL), noticed=seen).last_ok == at(10), "never after it broke"


def test_how_each_check_stood_when_it_was_last_fine() -> None:
    found = only(ran(0), ran(15, WARNING), ran(30, CRITICAL), rpc(40, CRITICAL))
    assert found.before == {CHECK: WARNING, "maintenance": OK}
    assert only(ran(0, CRITICAL)).before == {}
    again = incidents(History((ran(0, CRITICAL), ran(15, WARNING), ran(30, CRITICAL))))[1]
    assert again.before == {CHECK: WARNING, "maintenance": OK}


def test_worst_words_are_of_the_first_run_that_was_so_bad() -> None:
    def said(minutes: float, status: Status, worst: str) -> Run:
        return replace(ran(minutes, status), worst=worst)

    def words(*runs: Run) -> str:
        return only(*runs).worst

    assert words(said(0, UNKNOWN, "dark"), said(1, CRITICAL, "missing")) == "missing"
    assert words(said(0, CRITICAL, "missing"), said(1, CRITICAL, "also")) == "missing"
    assert words(said(0, CRITICAL, "missing"), said(1, UNKNOWN, "dark")) == "missing"
    assert words(said(0, CRITICAL, ""), said(1, UNKNOWN, "dark")) == "dark", "the first that says"
    assert words(said(0, CRITICAL, "missing"), said(1, CRITICAL, "")) == "missing"
    assert words(said(0, CRITICAL, "")) == ""


def test_incident_under_way_names_what_is_left_of_it() -> None:
    """The worst of it may be repaired since: nobody may read that it is still so."""

    def said(minutes: float, status: Status, worst: str) -> Run:
        return replace(ran(minutes, status), worst=worst)

    month, door = said(0, CRITICAL, "no month for 12 rows"), said(1, CRITICAL, "a door is open")
    assert wording.what(only(month, door)) == "No month for 12 rows; last seen: a door is open"
    dark = said(2, UNKNOWN, "")
    assert wording.what(only(month, door, dark)).endswith("; last seen: a door is open")
    more = said(1, CRITICAL, "no month for 15 rows")
    assert wording.what(only(month, more)) == "No month for 12 rows", "the same is left"
    assert wording.what(only(month, door, ran(3))) == "No month for 12 rows", "it is over"


@pytest.mark.parametrize("status", [CRITICAL, UNKNOWN])
def test_report_to_open_is_of_the_first_run_that_tells_it(status: Status) -> None:
    found = only(ran(0), ran(16, status), noticed=(looked(15, 15, status),))
    assert found.first.kind != VERIFICATION
    assert found.opens is not None
    assert found.opens.at == at(16)
    partly = only(ran(0, status), ran(15, OK), rpc(5, CRITICAL))
    assert (partly.runs, partly.opens) == (2, partly.first)


def test_reach_is_the_most_of_each_kind_from_the_first_to_the_last() -> None:
    one = Reach({("a", "x"): 3, ("b", "x"): 9}, at(2), at(5))
    other = Reach({("b", "x"): 4, ("c", "x"): 0}, at(1), at(4))
    runs = (ran(10, CRITICAL, reach=one), ran(15, CRITICAL), ran(20, CRITICAL, reach=other))
    assert only(*runs).reach == Reach({("a", "x"): 3, ("b", "x"): 9, ("c", "x"): 0}, at(1), at(5))
    assert only(*runs[1:]).reach == other
    assert only(*runs[:2]).reach == one
    assert only(runs[1]).reach is None


def drilled(*deeds: tuple[float, bool], name: str = DRILL) -> tuple[Deed, ...]:
    return tuple(Deed("", at(minutes), name, repaired, {}) for minutes, repaired in deeds)


def test_staged_is_what_began_while_a_drill_ran_and_nothing_else() -> None:
    def staged(begins: float, *deeds: Deed) -> bool:
        (found,) = incidents(History((ran(-9_999), ran(begins, CRITICAL)), deeds=deeds))
        return found.staged

    drill = drilled((10, False), (40, True))
    assert [staged(m, *drill) for m in (9, 10, 25, 40, 41)] == [False, True, True, True, False]
    among = (*drilled((5, True), name=NOTE), *drill)
    assert staged(15, *among), "other deeds are no drill"
    assert not staged(60, *among)
    forgotten = drilled((0, False))
    day = timedelta(days=1) / timedelta(minutes=1)
    assert [staged(m, *forgotten) for m in (-1, 0, day, day + 1)] == [False, True, True, False]
    late = drilled((0, False), (3 * day, True))
    assert [staged(m, *late) for m in (day, day + 1)] == [True, False]
    assert not staged(5, *drilled((1, True), (2, True)))
    twice = drilled((0, False), (100, False), (110, True))
    assert [staged(m, *twice) for m in (50, 105, 111)] == [True, True, False]


def test_time_that_it_lasted_and_within_which_it_broke() -> None:
    found = only(ran(0), ran(15, CRITICAL), ran(45))
    assert (found.lasted(at(99)), found.within) == (timedelta(minutes=30), timedelta(minutes=15))
    assert only(ran(15, CRITICAL)).within is None
    assert only(ran(0), ran(15, CRITICAL)).lasted(at(99)) == timedelta(minutes=84)
