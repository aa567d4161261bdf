"""Is it over? The runbook's checklist, ticked by what a verification saw and no reading denied."""

from __future__ import annotations

import streamlit as st

from lib.core.results import CheckResult, Report, Status
from lib.core.words import ago, sentence
from lib.reports.markdown import plain
from lib.runbook.criteria import Item, acceptance
from pages.parts.shared import current, now, snapshot
from pages.parts.words import badge

_NOT_YET = ":gray-badge[:material/radio_button_unchecked: not yet]"


def turned(verified: Report) -> dict[str, CheckResult]:
    """Which checks does the newest reading find worse than this verification did?"""
    newest = snapshot().report
    if newest is None or newest.checked_at <= verified.checked_at:
        return {}
    # What did not apply then was not wrong.
    return {
        c.check: c for c in newest.applying if c.status > (verified[c.check].standing or Status.OK)
    }


def checklist(verified: Report | None, *, running: bool = False) -> None:
    """How many are proven, by which verification; then a line each, with what proves it.

    `running` while one is under way: nothing of the last one is shown beside it.
    """
    worse = {} if verified is None else turned(verified)
    items = [(item, _later(item, worse)) for item in acceptance(verified)]
    lines = [
        "This run ticks the lines once it has ended." if running else plain(items[0][0].evidence)
    ]
    if verified is not None:
        proven = sum(item.status is Status.OK and not later for item, later in items)
        when = ago(now() - verified.checked_at)
        lines = [f"**{proven} of {len(items)} proven** by the verification of {when}."]
    lines += [_line(item, later, tried=verified is not None) for item, later in items]
    with st.container(border=True):
        st.markdown("\n\n".join(lines))  # one element costs far less than eleven


def _later(item: Item, worse: dict[str, CheckResult]) -> CheckResult | None:
    """The worst that a later reading found of this line; each check speaks for one line."""
    own = [worse.pop(name) for name in item.checks if name in worse]
    return max(own, key=lambda check: check.status, default=None)


def _line(item: Item, later: CheckResult | None, *, tried: bool) -> str:
    if not tried:
        return f"{_NOT_YET} **{plain(item.title)}**"
    look = badge(item.status, current=current() and later is None)
    evidence = item.evidence
    if later is not None and later.status > item.status:
        look = badge(later.status, current=current())
        evidence = f"Since then: {sentence(later.failing()[0].detail)}"
    return f"{look} **{plain(item.title)}**  \n:small[{plain(sentence(evidence))}]"
