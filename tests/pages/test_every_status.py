"""Does each page bear the word of the worst that it shows, and soothe only where all is ok?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.checks import CHECKS
from lib.core.results import Report, Status
from lib.reports.drawing.looks import LOOKS
from tests.contract.reports import MIXES, OK, check, loudest, report
from tests.pages.conftest import Show, known, text

BOXES = {Status.WARNING: "warning", Status.UNKNOWN: "info", Status.CRITICAL: "error"}
DETAILED = ("triggers", "partitions", "keys", "joins")


def whole(status: Status) -> Report:
    """Every check found something of this status."""
    return replace(report(OK), checks=tuple(check(each.name, status) for each in CHECKS))


@pytest.mark.parametrize("statuses", MIXES, ids=lambda each: "-".join(s.word for s in each))
def test_status_page_says_the_worst_first_and_is_calm_only_where_all_is_ok(
    statuses: tuple[Status, ...], show: Show
) -> None:
    test = show("status", known(report(*statuses)))
    worst = loudest(statuses)
    loud = {kind: [str(box.value) for box in test.get(kind)] for kind in BOXES.values()}
    said = [kind for kind, boxes in loud.items() if boxes]
    assert said == ([] if worst is OK else [BOXES[worst]])
    assert ("All guards hold." in text(test)) is (worst is OK)
    if worst is not OK:
        assert loud[BOXES[worst]][0].startswith(f"# {LOOKS[worst].icon} ")


@pytest.mark.parametrize("page", DETAILED)
@pytest.mark.parametrize("status", Status)
def test_page_of_a_group_bears_the_word_of_its_worst_check(
    page: str, status: Status, show: Show
) -> None:
    said = text(show(page, known(whole(status))))
    # These reports hold no tables: what would be drawn from them was not looked at.
    others = {each.word for each in Status} - {status.word, "unknown"}
    assert f"{LOOKS[status].icon} {status.word}]" in said
    assert not [word for word in others if f" {word}]" in said]


@pytest.mark.parametrize("status", Status)
def test_verify_page_shows_what_the_last_verification_found(status: Status, show: Show) -> None:
    told = whole(status)
    said = text(show("verify", known(told, verified=told)))
    assert f"{LOOKS[status].icon} {status.word}]" in said
