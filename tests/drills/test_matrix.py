"""Does docs/drills.md show every drill, with its header's verdict, and the right totals?

What the usual check says of each is asked where the drills are carried out, in test_drills.py.
"""

from __future__ import annotations

import re

from tests.drills.drill import drills
from tests.drills.matrix import expected, shown, titled
from tests.servers import ROOT

PAGE = (ROOT / "docs" / "drills.md").read_text(encoding="utf-8")
SHOWN = shown(PAGE)


def test_page_shows_every_drill_and_no_other() -> None:
    assert set(SHOWN) == {titled(drill) for drill in drills("drills")}


def test_page_shows_the_verdict_that_each_header_demands() -> None:
    for drill in drills("drills"):
        for row in SHOWN[titled(drill)]:
            assert (row.status, row.checks) == expected(drill), drill.name


def test_page_counts_what_the_table_shows() -> None:
    said = re.search(
        r"Of (\d+) ways to break it the usual check sees (\d+), and this software (\d+)", PAGE
    )
    assert said is not None
    usual = sum(any(row.usual == "seen" for row in rows) for rows in SHOWN.values())
    assert tuple(map(int, said.groups())) == (len(SHOWN), usual, len(SHOWN))
