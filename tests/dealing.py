"""Which combinations does a run of minutes try? One of some cases; the rest is marked.

What is marked `landing` is run by .ci/run, `everything` by .ci/run --everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

SESSIONS = ("watchtower", "owner")


def dealt(cases: Iterable[Any], among: tuple[str, ...] = SESSIONS, each: int = 1) -> list[Any]:
    """Each case with each of these, as parameters; a run of minutes takes them in turn.

    It has each second case, or third: `landing` has those between.
    """
    return [
        pytest.param(
            case,
            one,
            marks=_of(place, each) if place % len(among) == turn else pytest.mark.everything,
            id=f"{case if len(str(case)) < 60 else place}-{one}",
        )
        for place, case in enumerate(cases)
        for turn, one in enumerate(among)
    ]


def some(cases: Iterable[Any], each: int) -> list[Any]:
    """Each second case, or third, in a run of minutes; `landing` has those between."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=_of(place, each))
        for place, case in enumerate(cases)
    ]


def _of(place: int, each: int) -> Any:
    return () if place % each == 0 else pytest.mark.landing
