"""Are times and shares told so that a sum and a promise survive being checked?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from lib.telling import at_most, percent, spell


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (110, "1 min 50 s"), (120, "2 min"), (613, "10 min")],
)
def test_short_time_has_its_seconds(seconds: float, words: str) -> None:
    assert spell(timedelta(seconds=seconds)) == words


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
