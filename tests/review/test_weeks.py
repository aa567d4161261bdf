"""Are weeks those of ISO 8601, in UTC, also where the year turns?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lib.core.weeks import Week, parse, usual, week_of


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (at(2026, 11, 16, 0), "2026-W47"),
        (at(2026, 11, 22, 23), "2026-W47"),
        (at(2026, 1, 1), "2026-W01"),
        (at(2026, 12, 31), "2026-W53"),
        (at(2027, 1, 3), "2026-W53"),
        (at(2027, 1, 4, 0), "2027-W01"),
        (at(2024, 12, 30), "2025-W01"),
        (datetime(2027, 1, 4, 1, tzinfo=timezone(timedelta(hours=2))), "2026-W53"),
    ],
)
def test_week_of_a_moment(moment: datetime, week: str) -> None:
    found = week_of(moment)
    assert str(found) == week
    assert found.start <= moment < found.end
    assert parse(week) == found


def test_weeks_follow_each_other_over_the_years() -> None:
    week = parse("2026-W52")
    names = [str(week.later(n)) for n in range(4)]
    assert names == ["2026-W52", "2026-W53", "2027-W01", "2027-W02"]
    assert parse("2027-W01").later(-1) == parse("2026-W53")
    assert parse("2026-W53").words == "28 Dec 2026 to 3 Jan 2027"
    assert parse("2026-W47").words == "16 to 22 Nov 2026"
    assert parse("2026-W49").words == "30 Nov to 6 Dec 2026"


@pytest.mark.parametrize(
    "text", ["", "47", "2025-W53", "2026-W00", "2026-W54", "2026-w47", "0001-W01"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="week"):
        parse(text)


def test_usual_week_is_the_last_full_one_once_there_is_one() -> None:
    now = at(2026, 11, 25)
    assert usual(now, at(2026, 11, 1)) == Week(2026, 47)
    assert usual(now, at(2026, 11, 22)) == Week(2026, 47)
    assert usual(now, at(2026, 11, 23, 0)) == Week(2026, 48)
    assert usual(now, None) == Week(2026, 48)
