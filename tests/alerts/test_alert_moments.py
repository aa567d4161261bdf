"""Is it told at its moment, by its run, and of what is wrong in it? The rules' edges: all pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from lib.core.results import Status
from lib.history.incidents import UNSEEN
from lib.watch.alerts.rules import (
    CONSEQUENCES,
    Event,
    Said,
    decide,
    recent,
    streak,
    uncertain,
    wrong_in,
)
from lib.watch.changes import doubted
from tests.alerts.test_alert_rules import BROKEN, RULES, START, at, kind, ran, seen, told

OK, WARNING, UNKNOWN, CRITICAL = Status
TWO = (ran(1, **BROKEN), ran(2, **BROKEN))


@pytest.mark.parametrize("status", Status)
def test_told_is_what_is_critical_or_unknown_and_nothing_else(status: Status) -> None:
    runs = [ran(0, maintenance=status), ran(1, maintenance=status)]
    wrong = status in (CRITICAL, UNKNOWN)
    assert wrong_in(runs[-1]) == ({"maintenance": status} if wrong else {})
    assert kind(*runs) == ("open" if wrong else None)
    assert uncertain(runs[:1], None, RULES) is wrong
    assert kind(*runs, said=told(0.5)) == (None if wrong else "recovery")


@pytest.mark.parametrize("status", Status)
def test_run_that_names_no_check_is_wrong_as_a_whole(status: Status) -> None:
    bare = replace(ran(0), checks={}, status=status)
    assert wrong_in(bare) == ({UNSEEN: status} if status in (CRITICAL, UNKNOWN) else {})


def test_each_event_bears_its_run_and_what_is_wrong_in_it() -> None:
    soon = timedelta(seconds=1)
    assert decide(TWO, None, RULES, at(2)) == Event("open", TWO[1], BROKEN)
    said = told(2.1)
    late = ran(300, **BROKEN, maintenance=UNKNOWN)
    both = {**BROKEN, "maintenance": UNKNOWN}
    assert decide([*TWO, late], said, RULES, late.at) == Event("reminder", late, both)
    fine = ran(301)
    assert decide([*TWO, fine], said, RULES, fine.at) == Event("recovery", fine, said.checks)
    more = [ran(minute, **BROKEN, guard_settings=CRITICAL) for minute in (3, 4)]
    wrong = {**BROKEN, "guard_settings": CRITICAL}
    assert decide([*TWO, *more], said, RULES, at(4) + soon) == Event("more", more[1], wrong)


def test_what_was_said_at_the_very_moment_of_the_run_was_said_of_it() -> None:
    over = told(2, "recovery")
    assert decide(TWO, over, RULES, at(2)) is None
    assert not uncertain([ran(2, **BROKEN)], over, RULES)
    assert decide([ran(2)], told(2), RULES, at(2)) is None
    changed = [ran(minute, **BROKEN, guard_settings=CRITICAL) for minute in (1, 2)]
    assert decide(changed, told(2), RULES, at(2)) is None
    assert decide([*changed, changed[-1]], told(1), RULES, at(2)) is None, "since it was said"


def test_reminder_comes_when_its_time_is_up_and_not_before() -> None:
    every = RULES.reminder
    assert every is not None
    said = told(2.1)
    assert decide(TWO, said, RULES, said.at + every).kind == "reminder"  # type: ignore[union-attr]
    assert decide(TWO, said, RULES, said.at + every - timedelta(seconds=1)) is None


def test_nothing_is_uncertain_of_what_nobody_ran_or_what_holds() -> None:
    assert not uncertain([], None, RULES)
    assert not uncertain([], told(1), RULES)
    assert not uncertain([ran(0)], None, RULES)
    assert not uncertain([ran(0, **BROKEN), ran(1)], None, RULES), "the last run counts"
    assert uncertain([ran(0), ran(1, **BROKEN)], told(0.5, "recovery"), RULES)
    assert not uncertain([ran(0, **BROKEN), ran(1, **BROKEN, maintenance=UNKNOWN)], None, RULES)


def test_news_that_is_certain_is_not_uncertain() -> None:
    news = [ran(minute, **BROKEN, guard_settings=CRITICAL) for minute in (3, 4)]
    assert uncertain([*TWO, news[0]], told(2.1), RULES)
    assert not uncertain([*TWO, *news], told(2.1), RULES)


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("now", Status)
def test_refresh_doubts_a_verification_exactly_where_right_and_wrong_differ(
    before: Status, now: Status
) -> None:
    turned = (before >= UNKNOWN) != (now >= UNKNOWN)
    found = doubted(seen(guard_triggers=now), seen(guard_triggers=before))
    assert found == ({("guard_triggers", now >= UNKNOWN)} if turned else set())


def test_streak_is_of_the_last_runs_without_a_break_newest_first() -> None:
    runs = [ran(0, **BROKEN), ran(1), ran(2, guard_triggers=UNKNOWN), ran(3, **BROKEN)]
    assert streak(runs, "guard_triggers") == (runs[3], runs[2])
    assert streak(runs, "guard_triggers", CRITICAL) == (runs[3],)
    assert streak(runs, "maintenance") == ()
    assert streak([], "guard_triggers") == ()


def test_last_run_speaks_of_this_moment_for_as_long_as_it_holds() -> None:
    holds = timedelta(minutes=30)
    runs = [ran(0), ran(1), ran(31)]
    assert recent(runs, at(61), holds) == runs
    assert recent(runs, at(61.1), holds) == ()
    assert recent([], START, holds) == ()


@pytest.mark.parametrize("check", sorted(CONSEQUENCES))
def test_wrong_rows_follow_from_a_guard_that_is_told_critical_and_not_from_an_unknown(
    check: str,
) -> None:
    news = [ran(minute, **BROKEN, **{check: CRITICAL}) for minute in (3, 4)]
    assert kind(*TWO, *news, said=told(2.1)) is None
    assert kind(*TWO, *news, said=told(2.1, guard_triggers=UNKNOWN)) == "more"
    unread = Said(UUID(int=1), "open", at(2.1), at(0), {})
    assert kind(*TWO, *news, said=unread) == "more", "of a row that says nothing of its checks"


def test_consequence_hides_no_news_that_stands_after_it() -> None:
    wrong = {"freshness": CRITICAL, "maintenance": UNKNOWN, "guard_settings": CRITICAL}
    news = [ran(minute, **BROKEN, **wrong) for minute in (3, 4)]
    assert kind(*TWO, *news, said=told(2.1)) == "more"


def test_unknown_that_lasts_is_no_news_and_does_not_make_a_critical_one_older() -> None:
    said = told(2.1, guard_settings=UNKNOWN)
    before = [ran(minute, guard_settings=UNKNOWN) for minute in (1, 2)]
    blind = [ran(minute, guard_settings=UNKNOWN, maintenance=UNKNOWN) for minute in (3, 4)]
    assert kind(*before, *blind, said=said) is None
    turned = [ran(minute, guard_settings=CRITICAL) for minute in (3, 4)]
    assert kind(*before, *turned, said=said) == "more"
