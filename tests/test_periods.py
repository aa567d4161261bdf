"""Are keys of every period written, read, named and compared as PostgreSQL has them?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from lib.core.periods import Every, Kind, Periods, spanning
from lib.remedies.horizon import shown, wanted
from tests.servers import Database

EVERY: tuple[Every, ...] = ("day", "week", "month", "quarter", "year")
KINDS: tuple[Kind, ...] = ("date", "timestamptz", "int")
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland")
MOMENTS = [
    datetime(2026, 12, 31, 23, 30, 7, 123456, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 1, 1, 12, tzinfo=UTC),  # a Thursday, of week 1
    datetime(2027, 1, 3, 23, 59, 59, 999999, tzinfo=UTC),  # of week 53 of 2026
    datetime(2028, 2, 29, 6, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # when the clocks change in Berlin
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(1999, 7, 4, 22, tzinfo=UTC),
]


def kinds() -> list[Periods]:
    return [Periods(*each) for each in product(EVERY, ZONES, KINDS)]


def test_python_and_postgresql_agree_on_every_key(database18: Database) -> None:
    for periods in kinds():
        for moment in MOMENTS:
            at = f"timestamptz '{moment.isoformat()}'"
            day = periods.at(moment)
            own, its_key = f"date '{day}'", f"({periods.key_at(at)})"
            name = f"to_char({periods.day_at(at)}, '{periods.name_format}')"
            told = {
                periods.text(its_key): periods.key_of(moment),
                periods.text(f"({periods.key(own)})"): periods.written(day),
                f"({periods.day_at(at)})::text": str(day),
                f"({periods.held(its_key)})::text": str(day),
                f"({periods.day(its_key)})::text": str(day),
                periods.text(f"({periods.key_at(at, 1)})"): periods.written(periods.after(day, -1)),
                f"({periods.begin(own)})::text": f"{periods.begins(day):%F %T}+00",
                name: periods.name(day),
            }
            row = database18.rows(f"select {', '.join(told)}")[0]
            assert list(row) == list(told.values()), (periods, moment)
            assert periods.called(periods.name(day)) == day
            assert periods.bound(f"'{periods.written(day)}'") == day


def test_key_that_is_the_time_itself_keeps_its_microseconds(database18: Database) -> None:
    exact = Periods("month", kind="timestamptz", exact=True)
    at = f"timestamptz '{MOMENTS[0].isoformat()}'"
    assert database18.value(f"select {exact.text(exact.key_at(at))}") == exact.key_of(MOMENTS[0])
    assert exact.key_of(MOMENTS[0]).endswith("23:30:07.123456+00")


@pytest.mark.parametrize(
    ("every", "numbers"),
    [
        ("month", (202600, 202613, 202699, 0, -1, 99, 12, 20261)),
        ("week", (202600, 202554, 202553, 202754, 0, -7, 53)),
        ("day", (20260230, 20260001, 20261301, 20261232, 20260431, 20260100, 202612, 0)),
        ("quarter", (20260, 20265, 20269, 0)),
        ("year", (0, -1, 10000, 202612)),
    ],
)
def test_number_that_is_no_key_names_no_day(
    every: Every, numbers: tuple[int, ...], database18: Database
) -> None:
    periods = Periods(every, kind="int")
    for number in numbers:
        assert database18.value(f"select {periods.held(f'({number})')}") is None, number


def test_between_numbers_that_follow_one_another_is_no_gap() -> None:
    weeks, months = Periods("week", kind="int"), Periods(kind="int")
    days, quarters = Periods("day", kind="int"), Periods("quarter", kind="int")
    assert weeks.after(weeks.bound("202653") or date.min) == weeks.bound("202701")
    assert weeks.bound("202654") == weeks.bound("'202701'")
    assert weeks.bound("202553") == weeks.bound("202601"), "2025 has 52 weeks"
    assert months.bound("202613") == months.bound("202701")
    assert months.bound("202600") == months.bound("202601")
    assert days.bound("20260230") == days.bound("20260301")
    assert days.bound("20261232") == date(2027, 1, 1)
    assert quarters.bound("20265") == date(2027, 1, 1)
    assert [weeks.bound(each) for each in ("MINVALUE", "MAXVALUE")] == [date.min, date.max]
    assert weeks.bound("x") is None


def test_bound_within_a_day_takes_keys_from_the_next_day_on() -> None:
    berlin = Periods("month", "Europe/Berlin", "timestamptz")
    assert berlin.bound("'2026-11-30 23:00:00+00'") == date(2026, 12, 1)
    assert berlin.bound("'2026-12-01 00:00:00+00'") == date(2026, 12, 2)
    assert replace(berlin, zone="UTC").bound("'2026-12-01 00:00:00+00'") == date(2026, 12, 1)


def test_spans_are_read_from_bounds() -> None:
    def of(*days: int) -> str | None:
        return spanning([(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=n)) for n in days])

    assert [of(1), of(7), of(31), of(90), of(365)] == list(EVERY)
    assert of(7, 31) is None
    assert of() is None
    assert of(10) is None


def test_weeks_are_shown_and_wanted_as_months_are() -> None:
    weeks, now = Periods("week", kind="int"), date(2026, 12, 28)
    assert shown([(date(2026, 12, 14), date(2027, 1, 11))], now, weeks) == [
        date(2026, 12, 14), date(2026, 12, 21), now, date(2027, 1, 4)
    ]  # fmt: skip
    assert wanted([weeks.after(now, 3), weeks.after(now, 4)], [], now, weeks) == {date(2027, 1, 18)}


def test_each_period_is_said_in_words() -> None:
    day = date(2026, 12, 28)
    said = [Periods(every).words(Periods(every).start(day)) for every in EVERY]
    assert said == ["28 December 2026", "week 53 of 2026", "December 2026", "Q4 2026", "2026"]
