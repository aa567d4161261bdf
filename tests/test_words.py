"""Are times, counts and shares told so that a sum and a promise survive being checked?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from lib.core.results import Status
from lib.core.words import (
    at_most,
    by_status,
    by_time,
    last_days,
    listed,
    percent,
    plural,
    spell,
    unqualified,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (110, "1 min 50 s"), (120, "2 min"), (613, "10 min")],
)
def test_short_time_has_its_seconds(seconds: float, words: str) -> None:
    assert spell(timedelta(seconds=seconds)) == words


def test_relation_is_named_without_its_schema() -> None:
    assert unqualified("public.events_2026_12") == "events_2026_12"
    assert unqualified('"a.b"."c.d"') == '"c.d"'
    assert unqualified('public."c.d"') == '"c.d"'
    assert unqualified("events") == "events"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (0.2, "1 s"), (60.4, "1 min 1 s"), (815, "14 min"), (3601, "1 h 1 min")],
)
def test_a_bound_is_rounded_up(seconds: float, words: str) -> None:
    assert at_most(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (1.0, "100.0 %"), (0.99999, "99.99 %"), (0.9996, "99.96 %"), (0.984, "98.4 %")],
)
def test_all_is_said_of_all_alone(share: float | None, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize("items", [[], ["a"], ["a", "b"], ["a", "b", "c"]])
def test_list_has_one_and(items: list[str]) -> None:
    words = ["", "a", "a and b", "a, b and c"][len(items)]
    assert listed(items) == words


def test_one_is_no_several() -> None:
    assert [plural(n, "row") for n in (0, 1, 2000)] == ["0 rows", "1 row", "2,000 rows"]
    assert [last_days(n) for n in (1, 7)] == ["the last day", "the last 7 days"]


def test_worst_status_is_counted_first_and_the_most_frequent_time() -> None:
    seen = [Status.OK, Status.CRITICAL, Status.OK]
    assert by_status(seen) == "1 critical, 2 ok"
    assert by_time([*seen, None, None, None]) == "not verified in 3, ok in 2, critical in 1"
