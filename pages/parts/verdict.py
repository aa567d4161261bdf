"""How does it stand now, in a sentence or two? On Status, and on pages about something else."""

from __future__ import annotations

import streamlit as st

from lib import runbook
from lib.checks import CHECKS
from lib.checks.telling import Fault, also, headline, more, title
from lib.core.results import Report, Status
from lib.core.words import last_days, listed, moment, plural, reached, sentence
from lib.history.figures import figures
from lib.reports.markdown import plain
from pages.parts import cards, drill, findings
from pages.parts.findings import GROUPS, began, dated, faults, roots
from pages.parts.shared import beat, current, nothing_yet, now, page, snapshot, unknown, why_unknown
from pages.parts.words import badge, period_noun, since

_OF_ROWS = frozenset(check.name for check in CHECKS if check.counts_rows)
# What of these fails leaves rows that can be counted; others lose them, or let strangers in.
_OF_KEYS = frozenset(check.name for check in CHECKS if check.leaves_rows)


def verdict(wrong: list[Fault]) -> str:
    """How does it stand now? In one sentence, of the worst of these."""
    if not current():
        return f"Unknown: {_why()[0]}"
    return headline(wrong[0].finding) if wrong else "All guards hold."


def standing(wrong: list[Fault]) -> str:
    """The verdict with its badge, and since when: a line of Markdown for other pages.

    Where nothing is known of this moment, below it the worst that was known last.
    """
    words = verdict(wrong)
    if not current():
        words = sentence(_why()[0])  # the badge says that it is unknown
    elif wrong:
        words = title(wrong[0].finding)
    words = f"{badge(snapshot().status(now()))} **{plain(words)}**"
    if not wrong:
        return words
    worst = wrong[0].finding
    if not current():
        return f"{words}  \n{badge(worst.status, current=False)} {plain(title(worst))}"
    return f"{words}, {plain(since(began(wrong[0]), now()))}"


def opening(group: str) -> Report:
    """The head of this group's page; stops it where nothing was read yet.

    What is wrong now and worse than all that the page speaks of stands there too: its own numbers
    may be right, and must not soothe.
    """
    st.title(group)
    st.caption(GROUPS[group].question.format(period=period_noun()))
    beat()
    report = snapshot().report
    if report is None:
        nothing_yet(snapshot())
        st.stop()
    if not current():
        unknown(snapshot(), "What follows is the last reading, in grey.")
    wrong, own = roots(faults(report)), faults(report, group)
    causes = {fault.finding.detail for fault in wrong}
    mine = (fault.finding for fault in own if fault.finding.detail in causes)
    worst = max((finding.status for finding in mine), default=Status.WARNING)
    if wrong and current() and wrong[0].finding.status > worst:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(f"{standing(wrong)}.", width="content")
            to_status()
    if runbook.elsewhere(report):  # it has nothing of what the page shows
        findings.cards(own, link=False)
        cards.check_lines(report, group)
        st.stop()
    return report


def to_status() -> None:
    """The link to the page that says what to do now."""
    st.page_link(page("status.py"), label="Status", icon=":material/monitor_heart:")


def _why() -> tuple[str, str]:
    """Why is nothing known of this moment? Its first sentence, and what follows that."""
    why = why_unknown(snapshot())
    first, stop, rest = why.partition(". ")
    return (f"{first}.", rest) if stop else (why, "")


def note(wrong: list[Fault]) -> str:
    """Since when the worst one is so, what it means, and how many others there are: two lines.

    Where nothing is known of this moment: what to do about that.
    """
    if not current():
        return plain(_why()[1])
    if not wrong:
        return ""
    worst = wrong[0].finding
    others = [fault for fault in roots(wrong) if fault is not wrong[0]]
    words = [plain(more(worst)), plain(worst.means or ""), damage(wrong[0]), also(others)]
    on_purpose = "Fire drill · " if drill.fire(snapshot()).on is not None else ""
    return f"**{on_purpose}{plain(dated(wrong[0]))}**  \n{' '.join(filter(None, words))}"


def damage(fault: Fault) -> str:
    """Are rows wrong already? Markdown; empty where the fault itself speaks of rows, or of none."""
    report = snapshot().report
    if (
        report is None
        or runbook.elsewhere(report)
        or _OF_ROWS & set(fault.checks)
        or not _OF_KEYS & set(fault.checks)
    ):
        return ""
    if (reach := report.reach()) is not None:
        rows = plain(reached(reach))
        return f"**Already {rows}, the first {plain(moment(reach.first))}.**"
    if all(report[check].status < Status.UNKNOWN for check in _OF_ROWS):
        counts = {table: own.get("rows", 0) for table, own in figures(report).tables.items()}
        rows = listed(plural(count, table.removesuffix("s")) for table, count in counts.items())
        at = f"{last_days(report.window_days)}, read at {report.checked_at:%H:%M:%S} UTC"
        return f"**None is wrong so far, among the {plain(rows)} of {plain(at)}.**"
    return "**Whether rows are wrong already is not known.**"
