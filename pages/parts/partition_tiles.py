"""What is known of the months: is the next one there, who makes them, how large is each?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date

import pandas as pd
import streamlit as st

from lib.checks import (
    default_partition_rows,
    maintenance,
    partition_security,
    unattached_partitions,
)
from lib.checks.rpc_calls import MAINTENANCE_RPC
from lib.core.declaration import next_words, parts_of
from lib.core.periods import Periods
from lib.core.remedies import shown
from lib.core.results import CheckResult, Report, Row, Status, worst
from lib.core.statements import readable
from lib.core.words import ago, duration, listed, moment, number, rows_word, sentence
from lib.reports.drawing import coverage as pictures
from lib.reports.drawing import sizes
from lib.reports.drawing.looks import LOOKS
from lib.reports.markdown import plain
from pages.parts import cards, partition_frames
from pages.parts.findings import told
from pages.parts.shared import chart, current, local, now
from pages.parts.words import badge, icon, period_noun

ESTIMATES = (
    "Estimates from PostgreSQL's statistics (`reltuples`, `relpages`), not a count: without "
    "indexes, and as old as the last `analyze`."
)
_THERE = ("present", "future", "foreign")


@contextmanager
def _tile(title: str, symbol: str, status: Status) -> Iterator[None]:
    """One of the four: its name and its badge, then what is in it."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.markdown(f":material/{symbol}: **{title}**", width="content")
            st.markdown(badge(status, current=current()), width="content")
        yield


def _number(
    label: str, words: str, status: Status, lines: list[str], clock: str | None = None
) -> None:
    """One number, on the status colour where it is bad, and beside it what it is made of."""
    loud = current() and status in (Status.WARNING, Status.CRITICAL)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shown = f":{LOOKS[status].colour}[{words}]" if loud else words
        st.metric(label, shown, help=clock, width="content")
        with st.container(width=230):
            st.markdown("  \n".join(lines))


def next_month(months: pd.DataFrame) -> None:
    """How long until the month turns, is its partition there, and what makes it?"""
    statuses = cards.next_statuses(months)
    status = worst(statuses.values())
    noun, at = cards.next_turn()
    with _tile(f"Next {noun}", "hourglass_top", status):
        clock = f"{at:%d %b %Y, %H:%M} UTC: {local(at)}"
        lines = _ready(months, statuses)
        _number(f"until {next_words(now())}", duration(at - now()), status, lines, clock)


def _ready(months: pd.DataFrame, statuses: dict[str, Status]) -> list[str]:
    """How far ahead has each table partitions? Tables that are equally far in one line."""
    if not statuses:
        return ["No partitioned table was seen."]
    lines: dict[tuple[Status, str], list[str]] = {}
    for table, status in statuses.items():
        periods = parts_of(table)
        last = _through(months[months["table"] == table], periods)
        words = f"ready through {periods.words(last)}" if last else "no partition for it"
        if status is Status.UNKNOWN:
            words = "not known to be ready"
        lines.setdefault((status, words), []).append(table)
    return [
        f"{icon(status, current=current())} {plain(listed(tables))}: {words}"
        for (status, words), tables in lines.items()
    ]


def _through(months: pd.DataFrame, periods: Periods) -> date | None:
    """The last month from the next one on that has a partition without a gap before it."""
    there = set(months.loc[months["state"].isin(_THERE), "month"])
    last, month = None, periods.after(periods.at(now()))
    while month in there:
        last, month = month, periods.after(month)
    return last


def upkeep(report: Report) -> None:
    """What makes the months ahead, is it on, and how did it go the last time?"""
    check = maintenance.CHECK.of(report)
    job = next(iter(check.tables.get("job", ())), None)
    place = next(iter(check.tables.get("place", ())), None)
    managed = [row["table"] for row in check.tables.get("partman", ())]
    with _tile("Maintenance", "event_repeat", check.status):
        if job is not None:
            _job(check, job)
        if managed:
            st.markdown(f"**pg_partman** manages {plain(listed(managed))}.")
        if job is None and not managed:
            _nobody_knows(report, place)


def _job(check: CheckResult, job: Row) -> None:
    schedule, last = job["schedule"], job["last_end"]
    st.markdown(f"**{plain(job['name'])}**, called by pg_cron")
    ran = "has not run yet" if job.get("never_any") else "no run on record"
    if job["last_status"] is not None:
        ran = f"last run {job['last_status']}{f' {ago(now() - last)}' if last else ''}"
    st.markdown(
        f"{schedule_words(schedule)} (`{schedule.replace('`', '')}`)  \n"
        f"{'Active' if job['active'] else 'Switched off'}, {plain(ran)}",
        help=f"{moment(last)}: {local(last)}" if last else None,
    )
    if check.failing():
        st.markdown(f"{icon(check.status, current=current())} {plain(told(check))}.")


def schedule_words(schedule: str) -> str:
    """What does a cron schedule say? Only those of once a month and once a day are told."""
    match schedule.split():
        case [minute, hour, day, "*", "*"] if f"{minute}{hour}{day}".isdecimal():
            return f"Monthly, on day {int(day)} at {int(hour):02}:{int(minute):02}"
        case [minute, hour, "*", "*", "*"] if f"{minute}{hour}".isdecimal():
            return f"Daily at {int(hour):02}:{int(minute):02}"
    return "By its schedule"


def _nobody_knows(report: Report, place: Row | None) -> None:
    """Why is it not known, and what helps?"""
    check = maintenance.CHECK.of(report)
    if place is not None and place["routine_exists"] and not place["cron"]:
        st.markdown(f"{icon(check.status, current=current())} {plain(told(check))}.")
        st.markdown(f"Let whatever runs your jobs call `{MAINTENANCE_RPC}()` once a month.")
        return
    st.markdown(f"**It is not known what makes the partitions.** {plain(told(check))}.")
    grants = [f.remedies for f in check.failing() if any(each.undo for each in f.remedies)]
    if grants:
        st.code(readable(shown(grants[0])), language=None, wrap_lines=True)


def default_rows(report: Report, strays: pd.DataFrame) -> None:
    """How many rows fell into DEFAULT, by table?"""
    check = default_partition_rows.CHECK.of(report)
    total = int(strays["rows"].sum())
    more = " or more" if strays["capped"].any() else ""
    blind = check.status is Status.UNKNOWN and not total
    lines = [
        f"{icon(check.status, current=current())} {plain(table)}: "
        f"{rows_word(int(own['rows'].sum()))}, {number(int(own['recent_rows'].sum()))} recent"
        for table, own in strays.groupby("table", sort=False)
    ]
    lines += [
        f"{icon(finding.status, current=current())} {plain(sentence(finding.detail))}"
        for finding in check.findings
        if finding.status in (Status.OK, Status.UNKNOWN)
    ]
    with _tile("In DEFAULT", "inbox", check.status):
        words = "not known" if blind else f"{rows_word(total)}{more}"
        _number(f"in no {period_noun()}'s partition", words, check.status, lines)


def closed(report: Report) -> None:
    """Is every partition closed to strangers, and is none left that only looks like one?"""
    security, alike = partition_security.CHECK.of(report), unattached_partitions.CHECK.of(report)
    with _tile("Closed, attached", "lock", worst((security.status, alike.status))):
        for check in (security, alike):
            st.markdown(f"{icon(check.status, current=current())} {plain(told(check))}.")


def coverage(report: Report, months: pd.DataFrame, name: str, *, legend: bool = False) -> None:
    """Which months of this table have a partition?"""
    own, today = months[months["table"] == name], report.checked_at.astimezone(UTC).date()
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f"**{plain(name)}**")
        words = f"{name}: {cards.coverage_words(own)}"
        st.html(pictures.calendar(own, today, words, faded=not current()))
        if legend:
            marks()


def marks() -> None:
    """What do mark and colour mean?"""
    cards.coverage_legend()
    st.caption(f"The mark says what takes the {period_noun()}'s rows, the colour how bad that is.")


def sizes_of(partitions: pd.DataFrame, months: pd.DataFrame, name: str) -> None:
    """How large is each month of this table?"""
    own = partition_frames.bounded(partitions[partitions["table"] == name])
    spans = months[months["table"] == name]
    words = partition_frames.sum_words(own)
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(f"**{plain(name)}** · {words}")
        if own.empty:
            st.caption("There is nothing to measure.")
            return
        chart(f"rows {name}", f"{name}: {words}", lambda: sizes.rows_and_size(own, spans))
