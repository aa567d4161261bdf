"""Which combinations does a run of minutes try? One of each case; the rest is `everything`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

SESSIONS = ("watchtower", "owner")


def dealt(cases: Iterable[Any], among: tuple[str, ...] = SESSIONS) -> list[Any]:
    """Each case with each of these, as parameters; a run of minutes takes them in turn."""
    return [
        pytest.param(
            case,
            one,
            marks=() if place % len(among) == turn else pytest.mark.everything,
            id=f"{case if len(str(case)) < 60 else place}-{one}",
        )
        for place, case in enumerate(cases)
        for turn, one in enumerate(among)
    ]
