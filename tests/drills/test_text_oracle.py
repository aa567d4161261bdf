"""Does what is said of a text agree with what happens to rows, whatever the text?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.drills.text_oracle import prepared, tally


@pytest.mark.parametrize("version", ["18", "15"])
@pytest.mark.parametrize(
    "count",
    [
        8,
        pytest.param(30, marks=pytest.mark.landing),
        pytest.param(200, marks=pytest.mark.everything),
    ],
)
def test_no_text_is_taken_for_right_whose_rows_are_wrong(
    count: int, version: str, servers: Any
) -> None:
    server, healthy = servers(version)
    found: list[str] = []
    with prepared(server, healthy) as database:
        outcomes = tally(database, count, count, found)
    assert not [each for each in found if each.startswith("false green")]
    assert sum(outcomes.values()) == count
    assert outcomes["no text"] == 0
