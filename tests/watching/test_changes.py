"""When does a refresh ask for a verification? Made-up reports: the rule is pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.results import CheckResult, Finding, Report, Status, not_applicable
from lib.history.ground import Ground
from lib.watch.changes import Changes, doubted
from tests.history.test_incidents import at

OK, WARNING, UNKNOWN, CRITICAL = Status
OLD, NEW, NEWEST = "all:1", "all:2", "all:3"


def seen(minute: float, mark: str | None, status: Status = OK) -> Report:
    """A look that began at this minute, and took a second."""
    check = CheckResult("guard_triggers", (Finding("x", status, "d"),), "d")
    return Report((check,), at(minute), 1000, 7, catalogs=mark)


def verified(minute: float, mark: str | None, status: Status = OK) -> Ground:
    """A verification that began at this minute."""
    return Ground.of(seen(minute, mark, status))


def test_what_stands_as_it_was_verified_is_asked_for_by_nobody() -> None:
    for mark in (OLD, None):
        assert not Changes().wanted(seen(1, mark), verified(0, mark))


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("now", Status)
def test_a_check_that_turned_is_asked_for_whichever_way(before: Status, now: Status) -> None:
    turned = (before in (UNKNOWN, CRITICAL)) is not (now in (UNKNOWN, CRITICAL))
    assert Changes().wanted(seen(1, OLD, now), verified(0, OLD, before)) is turned
    said = [("guard_triggers", now in (UNKNOWN, CRITICAL))] if turned else []
    assert [*doubted(seen(1, OLD, now), seen(0, OLD, before))] == said


@pytest.mark.parametrize(
    ("then", "now", "wanted"),
    [(OLD, NEW, True), (None, NEW, False), (OLD, None, False), ("few:1", NEW, False)],
)
def test_another_mark_is_asked_for_where_both_can_be_compared(
    then: str | None, now: str | None, *, wanted: bool
) -> None:
    assert Changes().wanted(seen(1, now), verified(0, then)) is wanted


def test_check_that_was_not_there_or_does_not_apply_is_no_change() -> None:
    here, apart = seen(1, OLD, CRITICAL), not_applicable("guard_triggers", "plain")
    for other in ((), (apart,)):
        assert not doubted(here, replace(here, checks=other))
        assert not doubted(replace(here, checks=other), here)


def test_it_is_asked_for_until_a_verification_has_come() -> None:
    changes = Changes()
    for minute in (1, 2, 3):
        assert changes.wanted(seen(minute, NEW), verified(0, OLD))


def test_run_that_began_before_the_change_was_seen_is_not_the_one_that_was_asked_for() -> None:
    changes = Changes()
    assert changes.wanted(seen(2, NEW), verified(0, OLD, CRITICAL))
    for minute in (3, 4, 5):
        assert changes.wanted(seen(minute, NEW), verified(1, OLD, CRITICAL)), minute
    assert not changes.wanted(seen(6, NEW), verified(5.5, NEW))


def test_one_that_began_after_it_and_found_otherwise_is_not_asked_again() -> None:
    """A copy that sees other rights, say, and so has another mark, or calls a check ok."""
    changes = Changes()
    assert changes.wanted(seen(1, NEW, CRITICAL), verified(0, OLD))
    edge = seen(1, NEW).checked_at + timedelta(seconds=1)  # when that look had ended
    assert changes.wanted(seen(2, NEW, CRITICAL), replace(verified(0, OLD), began=edge))
    for minute in (2, 3, 4):
        assert not changes.wanted(seen(minute, NEW, CRITICAL), verified(minute - 0.5, OLD))


@pytest.mark.parametrize("next_", [(NEWEST, CRITICAL), (NEW, OK), (OLD, CRITICAL)])
def test_another_change_is_asked_for_anew(next_: tuple[str, Status]) -> None:
    changes = Changes()
    assert changes.wanted(seen(1, NEW, CRITICAL), verified(0, OLD))
    assert not changes.wanted(seen(3, NEW, CRITICAL), verified(2, OLD))
    assert changes.wanted(seen(4, *next_), verified(2, OLD))


def test_the_same_change_again_after_it_was_taken_back_is_asked_for_anew() -> None:
    changes = Changes()
    assert changes.wanted(seen(1, NEW), verified(0, OLD))
    assert not changes.wanted(seen(3, OLD), verified(2, OLD))
    assert changes.wanted(seen(4, NEW), verified(2, OLD))


def test_mark_that_could_not_be_read_for_a_while_is_no_other_change() -> None:
    changes = Changes()
    assert changes.wanted(seen(1, None, CRITICAL), verified(0, OLD))
    assert not changes.wanted(seen(3, OLD, CRITICAL), verified(2, OLD))
