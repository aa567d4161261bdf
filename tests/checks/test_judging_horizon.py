"""Which month is worth a partition, and which are shown? Made-up months: the rule is pure."""

from __future__ import annotations

from datetime import date

import pytest

from lib.core.periods import MONTHS
from lib.remedies.horizon import shown, wanted

NOW = date(2026, 12, 1)
YEAR = [(MONTHS.after(NOW, -11), MONTHS.after(NOW, 1))]  # one partition of twelve months


@pytest.mark.parametrize(
    ("month", "made"),
    [
        (date(2027, 3, 1), True),  # as far as the routine makes them
        (date(2027, 4, 1), False),
        (date(2099, 5, 1), False),
        (date(2024, 12, 1), True),  # twelve months lie between
        (date(2024, 11, 1), False),
        (date(1970, 1, 1), False),
        (date.min, False),
        (date.max, False),
    ],
)
def test_month_is_worth_a_partition_within_a_year_or_three_months_ahead(
    month: date, made: bool
) -> None:
    assert (wanted([month], YEAR, NOW, MONTHS) == {month}) is made


def test_history_that_lies_in_default_as_a_whole_is_one() -> None:
    months = {MONTHS.after(NOW, -back) for back in range(0, 60, 6)}
    assert wanted(months | {date(1970, 1, 1)}, [], NOW, MONTHS) == months


def test_operator_who_makes_a_partition_beside_it_says_that_the_month_is_right() -> None:
    assert wanted([date(1970, 1, 1)], [(date(1970, 2, 1), date(1970, 3, 1))], NOW, MONTHS)
    beside = [(date(1970, 1, 1), date(1970, 2, 1))]
    near, twelve_between = date(1970, 6, 1), date(1971, 7, 1)
    assert wanted([near, twelve_between], beside, NOW, MONTHS) == {near, twelve_between}
    assert wanted([near, MONTHS.after(twelve_between, 1)], beside, NOW, MONTHS) == {near}


def test_partition_far_ahead_draws_no_months_between() -> None:
    months = shown([*YEAR, (date(2099, 1, 1), date(2099, 2, 1))], NOW, MONTHS)
    assert months[-2:] == [date(2027, 1, 1), date(2099, 1, 1)]
    assert months[0] == YEAR[0][0]
    two = [(date(year, 1, 1), date(year, 2, 1)) for year in (2099, 2100)]
    assert shown([*YEAR, *two], NOW, MONTHS)[-2:] == [date(2099, 1, 1), date(2100, 1, 1)]
    long = shown([*YEAR, (date(2099, 1, 1), date(2105, 1, 1))], NOW, MONTHS)
    assert long[-12:] == [MONTHS.after(date(2099, 1, 1), count) for count in range(12)]
    assert long[-13] == date(2027, 1, 1)


def test_months_between_two_partitions_of_a_year_apart_are_shown() -> None:
    ahead = [(date(2027, 1, 1), date(2028, 1, 1)), (date(2029, 1, 1), date(2029, 2, 1))]
    months = shown([*YEAR, *ahead], NOW, MONTHS)
    assert months == [MONTHS.after(YEAR[0][0], count) for count in range(len(months))]
    assert months[-1] == date(2029, 1, 1)
    further = (date(2029, 2, 1), date(2029, 3, 1))
    apart = shown([*YEAR, ahead[0], further], NOW, MONTHS)
    assert apart[-2:] == [date(2027, 12, 1), date(2029, 2, 1)], "thirteen months lie between"
    years = shown([*YEAR, (date(2027, 1, 1), date(2500, 1, 1))], NOW, MONTHS)
    assert years[-1] == MONTHS.after(NOW, 599), "fifty years ahead"


def test_partition_without_an_end_draws_no_months() -> None:
    this, following = NOW, MONTHS.after(NOW, 1)
    for always in ((date.min, date(2028, 1, 1)), (date.min, date.max)):
        assert shown([always], NOW, MONTHS) == [this, following]
    for end in (date(9000, 1, 1), date.max):
        assert shown([*YEAR, (following, end)], NOW, MONTHS)[-1] == following
    older = shown([(date.min, date(2026, 6, 1)), (date(2026, 6, 1), following)], NOW, MONTHS)
    assert older[0] == date(2026, 6, 1)
