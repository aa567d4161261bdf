"""What do the pages say of a finding, a check and the next month? Drawn one way everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import dropwhile

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import runbook
from lib.core.declaration import declared, next_words, one_noun, parts_of
from lib.core.periods import MONTHS
from lib.core.results import Report, Status
from lib.core.words import (
    APART,
    NOT_VERIFIED,
    ago,
    by_time,
    duration,
    listed,
    moment,
    plural,
    who,
)
from lib.history.history import VERIFICATION, Run
from lib.history.lanes import Bar
from lib.reports.drawing import coverage as pictures
from lib.reports.drawing import svg
from lib.reports.drawing.looks import LOOKS
from lib.reports.markdown import plain
from pages.parts import partition_frames
from pages.parts.findings import GROUPS, explained, told
from pages.parts.shared import current, local, now, page, snapshot
from pages.parts.words import badge, icon

_NAMED, _FEW_SPANS = 6, 5
_LEGEND = (
    ("green", "present"),
    ("green", "future"),
    ("red", "missing"),
    ("orange", "default only"),
    ("orange", "detached"),
    ("violet", "foreign"),
)


def check_lines(report: Report, group: str) -> None:
    """One line a check of this page: badge, and what it found in one sentence."""
    with st.container(border=True, gap="xsmall"):
        for name, short in GROUPS[group].checks.items():
            check = report[name]
            what = f"**[{short[:1].upper()}{short[1:]}]({explained([name])[name]})**"
            if all(name != known.check for known in report.checks):
                look = ":gray-badge[:material/pending: not tried]"
                st.markdown(f"{look} {what} · tried when verifying")
                continue
            look = badge(check.standing, current=current())
            st.markdown(f"{look} {what} · {plain(told(check))}")


def card(report: Report, group: str, *, brief: bool) -> None:
    """One of the four: its badge, one number in words, its last day, and its checks by name.

    `brief` leaves the names out: where something is wrong, that is said elsewhere.
    """
    own = GROUPS[group]
    apart = [name for name in own.checks if name in report.apart]
    ran = [name for name in own.checks if name in {check.check for check in report.applying}]
    status = report.status_of(*ran) if ran or not apart else None
    failing = [name for name in ran if report[name].status is not Status.OK]
    worst = [name for name in failing if report[name].status is status][:1]
    with st.container(border=True, height="stretch", gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.page_link(page(own.page), label=f"**{group}**", icon=own.icon)
            st.markdown(badge(status, current=current()), width="content")
        lately(group)
        said = dict.fromkeys(plain(told(report[name])) for name in worst or own.said)
        st.markdown("  \n".join(said))
        st.space("stretch")
        if not brief:
            st.caption("  \n".join(_named(report, own.checks, set(ran))))


def _named(report: Report, checks: dict[str, str], ran: set[str]) -> list[str]:
    """The checks by their short names: those of one status in one line, worst first."""
    known = {name: report[name].status for name in ran}
    lines = [
        f"{icon(status, current=current())} "
        + ", ".join(checks[name] for name in checks if known.get(name) is status)
        for status in sorted(set(known.values()), reverse=True)
    ]
    if apart := [words for name, words in checks.items() if name in report.apart]:
        lines.append(f":material/remove: {', '.join(apart)}: {APART}")
    if untried := [w for name, w in checks.items() if name not in ran and name not in report.apart]:
        lines.append(f":material/pending: {', '.join(untried)}: tried when verifying")
    return lines


def strip_legend() -> None:
    """What does each bar of a strip mean?"""
    st.markdown(
        " ".join(badge(status) for status in sorted(Status))
        + f" :gray-badge[:material/check_box_outline_blank: {NOT_VERIFIED}, hollow]"
    )


def unverified(head: str, spans: list[str]) -> None:
    """When did nobody look? The first of these spans, and how many more; nothing without one."""
    if spans:
        more = f"; and {len(spans) - _FEW_SPANS} more" if len(spans) > _FEW_SPANS else ""
        st.markdown(
            f":gray-badge[:material/check_box_outline_blank: {NOT_VERIFIED}] {head}"
            f"{plain('; '.join(spans[:_FEW_SPANS]))}{more}."
        )


_SLOTS, _SLOT = 24, timedelta(hours=1)


def lately(group: str) -> None:
    """The last 24 hours of one card as a strip: a bar an hour, hollow where nobody looked."""
    known = snapshot().history
    end = now().replace(minute=0, second=0, microsecond=0) + _SLOT
    start = end - _SLOTS * _SLOT
    statuses = known.strip(list(GROUPS[group].checks), start, _SLOT, _SLOTS)
    alt = f"{group}, the last 24 hours: {by_time(statuses)} of them"
    bars = [Bar(status, share=1.0) for status in statuses]
    st.image(svg.strip(bars), width="stretch", alt=alt)


def month_turn(report: Report) -> None:
    """How long until the month turns, and is there a partition for the next one?"""
    noun, begins = next_turn()
    st.markdown(f"**Next {noun} starts in {duration(begins - now())}**")
    st.markdown(next_month(partition_frames.months(report)))


def next_turn() -> tuple[str, datetime]:
    """Which period of the partitions turns next, and when?"""
    parts = [guard.parts for guard in declared() if guard.partitioned] or [MONTHS]
    soonest = min(parts, key=lambda each: each.begins(each.after(each.at(now()))))
    return soonest.noun, soonest.begins(soonest.after(soonest.at(now())))


def next_month(months: pd.DataFrame) -> str:
    """Is there a partition for the next month? A badge for each status, worst first."""
    by_status: dict[Status, list[str]] = {}
    for name, status in next_statuses(months).items():
        by_status.setdefault(status, []).append(name)
    if not by_status:
        known = snapshot().report
        apart = known is not None and runbook.elsewhere(known)
        return f"{badge(None if apart else Status.UNKNOWN)} No partitioned table was seen."
    words = {Status.OK: "is ready for", Status.UNKNOWN: "is not known to be ready for"}
    return "  \n".join(
        f"{badge(status, current=current())} {next_words(now(), by_status[status])} "
        f"{words.get(status, 'has no partition in')} {plain(listed(by_status[status]))}."
        for status in sorted(by_status, reverse=True)
    )


def next_statuses(months: pd.DataFrame) -> dict[str, Status]:
    """How does each table stand for the next month?"""
    if months.empty:
        return {}
    seen = (*(guard.table for guard in declared() if guard.partitioned), *months["table"])
    tables = dict.fromkeys(seen, Status.UNKNOWN)
    for table in tables:
        periods = parts_of(table)
        month = periods.after(periods.at(now()))
        for row in months[(months["table"] == table) & (months["month"] == month)].to_dict(
            "records"
        ):
            tables[table] = Status[row["status"].upper()]
    return tables


def coverage(report: Report) -> None:
    """The small coverage chart: the latest twelve months, a row a table."""
    months = partition_frames.months(report)
    if months.empty:
        st.caption("No partitioned table was seen.")
        return
    today, words = report.checked_at.astimezone(UTC).date(), coverage_words(months)
    st.html(pictures.latest(months, today, words, faded=not current()), width=400)
    every = months["month"].nunique()
    if every > pictures.MONTHS_SHOWN:
        many = plural(every, one_noun(guard for guard in declared() if guard.partitioned))
        st.caption(f"The latest {pictures.MONTHS_SHOWN} of {many}, without DEFAULT.")
    coverage_legend(set(months["state"]))


def coverage_legend(seen: set[str] | None = None) -> None:
    """What does each mark mean? Of all states, or of those that are seen."""
    st.markdown(
        " ".join(
            f":{colour if current() else 'gray'}-badge[{pictures.MARKS[state]} "
            f"{pictures.WORDS[state]}"
            f"{', hollow' if state == 'future' else ''}]"
            for colour, state in _LEGEND
            if seen is None or state in seen
        )
        + f" :gray-badge[▢ this {one_noun(declared())}, framed]"
    )


def coverage_words(months: pd.DataFrame) -> str:
    """The coverage chart in one sentence, for those who do not see it."""
    noun = one_noun(guard for guard in declared() if guard.table in set(months["table"]))
    bad = months[months["status"] != "ok"]
    if bad.empty:
        periods = parts_of(months["table"].iloc[0])
        first, last = (periods.words(end(months["month"])) for end in (min, max))
        return f"Every {noun} from {first} to {last} is covered"
    named = [
        f"{row.table} {parts_of(row.table).words(row.month)}: {pictures.WORDS[row.state]}"
        for row in bad.itertuples()
    ]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    are = "is" if len(named) == 1 else "are"
    return f"{plural(len(named), noun)} {are} not right: {', '.join(named[:_NAMED])}{more}"


# st.info is violet here: see .streamlit/config.toml.
_LOUD = {Status.CRITICAL: st.error, Status.UNKNOWN: st.info, Status.WARNING: st.warning}


def banner(status: Status, words: str, more: str = "") -> DeltaGenerator:
    """The one sentence: calm when well, on the status colour when not. Holds what follows.

    `more` is Markdown that belongs to it.
    """
    look = LOOKS[status]
    loud = _LOUD.get(status)
    box = st.container(border=loud is None, gap="small")
    with box:
        if loud is not None:
            loud(f"# {look.icon} {plain(words)}\n\n{more}")
        else:
            st.title(f":{look.colour}[{look.icon}] {plain(words)}", anchor=False)
    return box


def last_verified() -> None:
    """What did the last verification say, when, for whom and through which face?"""
    known = snapshot()
    run = next(reversed(known.history.verifications()), None)
    if known.verified is not None and (run is None or run.at < known.verified.checked_at):
        own = known.verified
        run = Run("", own.checked_at, VERIFICATION, own.status, {}, own.who, own.face)
    if run is None:
        st.caption("Never, as far as the history tells.")
    else:
        newest = known.report
        worse = newest is not None and newest.checked_at > run.at and newest.status > run.status
        look = badge(run.status, current=current() and not worse)
        st.markdown(f"{look} {plain(asked(run.at, run.who, run.face))}", help=local(run.at))
    unkept()


def unkept() -> None:
    """Why can the history not be read, or not take the last run? Nothing where it does both."""
    known = snapshot()
    if known.history.trouble:
        st.markdown(f"{badge(Status.UNKNOWN)} {plain(known.history.trouble)}")
    elif known.unrecorded:
        st.markdown(f"{badge(Status.WARNING)} {plain(known.unrecorded)}")


def asked(at: datetime, name: str, face: str) -> str:
    """Who had this verified, through which face, and when?"""
    return f"{ago(now() - at)}, {moment(at)}, by {who(name, face)}"


def without_header(text: str) -> str:
    """The statement without the comment that heads its file."""
    lines = text.splitlines()
    return "\n".join(dropwhile(lambda line: line.startswith("--"), lines))
