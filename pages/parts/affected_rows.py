"""How far does a fault reach: which rows, since the repair or not, and which of the older ones?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from lib.checks import null_keys
from lib.checks.guarded_tables import guards_of
from lib.checks.wrong_keys import keys_words
from lib.core.context import Context
from lib.core.declaration import declared, keys_of
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Report, Status, worst
from lib.core.words import ago, moment, number, rows_word, sentence, span_words
from lib.history.last_repair import COUNTED as KEY_CHECKS
from lib.reports.markdown import plain
from pages.parts import frames, shared
from pages.parts.words import badge, icon, period_noun

_NOT_ALL = ":gray-badge[:material/pending: not all read]"


def faults(*checks: CheckResult, table: str | None = None) -> None:
    """A card a fault: how many rows, which month they say, from when to when, and some ids."""
    frame = frames.affected(*checks)
    if table is not None:
        frame = frame[frame["table"] == table]
    if frame.empty:
        return
    st.header(f"Which rows, in which {period_noun()}s")
    with st.grid(2, min_column_width=340):
        for row in frame.itertuples():
            _fault(row)
    st.caption("Only ids are kept of a row, up to five of each kind.")


def _fault(row: Any) -> None:
    null = row.check == null_keys.CHECK.name
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f"**{rows_word(row.rows)}** of {plain(row.table)}: {plain(row.fault)}")
        keys = keys_of(row.table)
        key = "is null" if null else f"says {keys_words(row.months, keys)}"
        when = span_words(row.first_seen, row.last_seen)
        st.markdown(f"The {keys.key_noun} {plain(key)}  \nWritten {when}")
        if row.samples:
            st.code("\n".join(map(str, row.samples)), language=None, wrap_lines=True)


def since_repair(report: Report, table: str | None = None) -> None:
    """What is known of the rows since the last repair, by table; nothing where none is known."""
    frame, repair = frames.since(report), shared.snapshot().last_repair
    if frame.empty:
        return
    at = frame["since"].iloc[0]
    seen = repair is not None and repair.seen and repair.at == at
    with st.container(border=True, gap="xsmall"):
        what = "the last repair" if seen else "the last wrong row"
        st.markdown(
            f"**Since {what}, {moment(at)}**, {ago(report.checked_at - at)}",
            help=shared.local(at),
        )
        counted = {row.table: row for row in frame.itertuples()}
        for guard in guards_of(report):
            if table in (None, guard.table):
                st.markdown(_since(report, guard, counted.get(guard.table)))
        if not seen:
            st.caption(
                "No reading saw the guard broken and then repaired: the last wrong row "
                "gives the time."
            )


def _since(report: Report, guard: Guard, row: Any) -> str:
    """0 wrong of 12,340 rows; or why nothing is known, or that nothing came in yet."""
    said = [
        finding
        for check in KEY_CHECKS
        for finding in report[check].findings
        if finding.since == guard.relation
    ]
    status = worst(finding.status for finding in said)
    if row is None or status is Status.UNKNOWN:
        why = next((f.detail for f in said if f.status is status), "these were not counted")
        return f"{badge(Status.UNKNOWN)} {plain(guard.table)}: {plain(why)}"
    if not row.rows:
        return f":gray[:material/hourglass_empty:] No row of {plain(guard.table)} came in yet"
    fault = "wrong" if guard.reference is None else "lost"
    nulls = f", {number(int(row.null))} with a null key" if row.null > 0 else ""
    return (
        f"{icon(status, current=shared.current())} **{number(int(row.wrong))} {fault}** of "
        f"{rows_word(int(row.rows))} of {plain(guard.table)}{nulls}"
    )


def older(report: Report, *checks: str, table: str | None = None) -> None:
    """Rows of before the usual window: what is said of them, who accepted them, and where they are.

    Whatever window is looked at: these are read by verifying, and not for each viewer.
    """
    start = Context(declared(), report.checked_at, report.window_days).since
    st.header(f"Rows from before {start.day} {start:%b}")
    lines = [
        _told(report[name], guard, finding)
        for name in checks
        for guard in guards_of(report)
        for finding in report[name].findings
        if table in (None, guard.table) and _of_older(finding, guard)
    ]
    for line in lines or ["The older rows were not read."]:
        st.markdown(line)
    frame = frames.older(*(report[name] for name in checks))
    if table is not None:
        frame = frame[frame["table"] == table]
    if len(frame):
        shared.table(
            frame.rename(columns={"low": "from", "high": "to"}),
            "Older wrong rows by table and partition, with the first and the last one",
            where="Where they sit",
        )


def _of_older(finding: Finding, guard: Guard) -> bool:
    """Does this finding speak of older rows of this table?"""
    accepted = finding.accepted is not None and finding.subject == guard.relation
    return finding.older == guard.relation or accepted


def _told(check: CheckResult, guard: Guard, finding: Finding) -> str:
    """In a line: accepted by whom; well, only where all of them were read; else its status."""
    if finding.status is not Status.OK:
        look = badge(finding.status, current=shared.current())
    elif finding.accepted is not None:
        return (
            f":gray-badge[:material/how_to_reg: accepted] {plain(sentence(finding.found))}  \n"
            f"{plain(sentence(finding.accepted))}"
        )
    else:
        parts = [row for row in check.tables.get("older", ()) if row["table"] == guard.table]
        read = parts and all(row["why"] is None for row in parts)
        look = badge(Status.OK, current=shared.current()) if read else _NOT_ALL
    return f"{look} {plain(sentence(finding.detail))}"
