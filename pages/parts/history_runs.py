"""The runs of the past: which there are, and what one of them found, word for word."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from lib.checks import telling
from lib.core.results import Report, Status
from lib.core.words import NOT_VERIFIED, clock, duration, mark, moment, sentence, who
from lib.history.archive import Opened
from lib.history.history import REFRESH, RPC, History, Run
from lib.reports.markdown import plain
from lib.watch import schedule, watch
from lib.watch.snapshot import Snapshot
from pages.parts import compared_runs, shared
from pages.parts.timeline import Asked, Past
from pages.parts.words import badge

ADDRESS = "at address"
TABLE = "run table"
_PLACE, _ROWS = "run place", "run rows"
_MOST, _FEW = 500, 8


def choose(run: str, place: str) -> None:
    """Open this run here; the address says which, so that a link opens it again."""
    st.query_params["run"] = run
    st.session_state[_PLACE] = place


def _close() -> None:
    st.query_params.pop("run", None)
    compared_runs.closed()
    st.session_state.pop(_PLACE, None)
    st.session_state[_ROWS] = shared.NOTHING_CHOSEN


def listed(found: Past, wanted: Asked) -> None:
    """The runs of the range, newest first, to choose from."""
    runs = [
        run
        for run in reversed(list(_telling(shared.snapshot().history)))
        if run.at >= found.start and _asked_for(run, wanted)
    ]
    own = [run for run in runs if run.kind != RPC]
    if own and len(own) < len(runs):
        with_rpc = st.toggle(
            f"With what the drift RPC told other callers ({len(runs) - len(own):,})",
            key="rpc",
            bind="query-params",
            help="The rows that the RPC wrote when pg_cron or another caller called it",
        )
        runs = runs if with_rpc else own
    if not runs:
        st.markdown("No run of this range matches.")
        return
    _table(runs[:_MOST], wanted)
    more = f" The newest {_MOST:,} of {len(runs):,} are listed." if len(runs) > _MOST else ""
    st.caption(
        "Choose a row for what the run found: tick it, or go there with the arrow keys and press "
        f"Shift and Space.{more}"
    )
    opened(TABLE)


def _telling(known: History) -> Iterator[Run]:
    """The rows, and of the refreshes those that saw it turn."""
    before = Status.OK
    for run in known.independent:
        if run.kind != REFRESH or run.status is not before:
            yield run
        if run.kind != RPC:
            before = run.status


def _asked_for(run: Run, wanted: Asked) -> bool:
    if wanted.status == NOT_VERIFIED:
        return False
    said = run.status if wanted.check is None else run.checks.get(wanted.check)
    return said is not None and wanted.status in (None, said.word)


def _table(runs: list[Run], wanted: Asked) -> None:
    frame = pd.DataFrame(
        [
            (
                f"{run.at:%Y-%m-%d %H:%M:%S}",
                mark(run.status if wanted.check is None else run.checks[wanted.check]),
                _not_ok(run),
                _by(run),
                None if run.duration_ms is None else f"{run.duration_ms:,}",
            )
            for run in runs
        ],
        columns=["When, UTC", "Status", "Not ok", "Asked by", "Took, ms"],
    )
    shared.choosable(
        frame,
        "The runs of this range, newest first, with status, what was not ok and who asked",
        [run.id for run in runs],
        _ROWS,
        lambda run: _close() if run is None else choose(run, TABLE),
        tallest=12,
        columns={"Not ok": st.column_config.Column(width="large")},
    )


def _not_ok(run: Run) -> str:
    names = sorted(
        (name for name, status in run.checks.items() if status is not Status.OK),
        key=lambda name: (-run.checks[name], name),
    )
    return ", ".join(names)


def _by(run: Run) -> str:
    if run.kind == REFRESH:
        return "a refresh"
    if run.kind == RPC:
        return f"the drift RPC's own row: {run.face}"
    return who(run.who, run.face)


def opened(place: str) -> None:
    """What the chosen run found, where it was chosen; nothing anywhere else."""
    run = st.query_params.get("run")
    if not run or place != st.session_state.get(_PLACE, ADDRESS):
        return
    with st.container(border=True, gap="small"):
        _opened(run)
        st.button("Close this run", key=f"close {place}", icon=":material/close:", on_click=_close)


def _opened(run: str) -> None:
    known = shared.snapshot()
    listed = next((each for each in known.history.known if each.id == run), None)
    if listed is None:
        st.markdown(f"**No run of the last 90 days is called {plain(run)}.**")
        return
    if listed.kind == REFRESH:
        _glimpsed(listed)
        return
    found = known.opened.get(run)
    if found is None or found.trouble:
        watch.WATCH.open(run)
    if found is None:
        shared.being_read(
            f"the run of {moment(listed.at)}",
            lambda: watch.WATCH.open(run),
            lambda: run in watch.WATCH.snapshot.opened,
        )
    elif found.trouble:
        st.markdown(
            f"{badge(Status.UNKNOWN)} **The run of {moment(listed.at)} could not be read.**"
        )
        st.markdown(plain(found.trouble))
    else:
        _told(listed, found)


def _glimpsed(run: Run) -> None:
    """What a refresh saw: it keeps no report."""
    words = sentence(run.worst) or "What it saw"
    st.markdown(f"### {badge(run.status)} {plain(words)}")
    until = f" · the same until {moment(run.until)}" if run.until > run.at else ""
    st.caption(f"{moment(run.at)} · a refresh{until}", help=shared.local(run.at))
    st.markdown(plain(f"Not ok: {_not_ok(run) or 'nothing'}. A refresh keeps no report."))


def _told(run: Run, found: Opened) -> None:
    report = found.report
    verdict = (
        "The drift RPC's own answer" if report is None else telling.verdict(report, badge=True)
    )
    st.markdown(f"### {badge(run.status)} {plain(verdict)}")
    took = "" if run.duration_ms is None else f" · took {run.duration_ms:,} ms"
    st.caption(f"{moment(run.at)} · asked by {plain(_by(run))}{took}", help=shared.local(run.at))
    if report is None:
        frame = pd.DataFrame(
            [(str(name), str(value)) for name, value in (found.answer or {}).items()],
            columns=["key", "answer"],
        )
        shared.table(frame, "What the drift RPC answered")
        return
    _findings_of(report)
    compared_runs.offered(run, report)
    with st.expander(
        f"Every check of this run ({len(report.checks)})", icon=":material/checklist:"
    ):
        lines = [(mark(check.standing), check.check, check.summary) for check in report.checks]
        frame = pd.DataFrame(lines, columns=["status", "check", "summary"])
        shared.table(frame, "Each check of this run with its status and what it found")


def _findings_of(report: Report) -> None:
    """What was wrong then, worst first. What repaired it then may be out of date: not shown."""
    wrong = telling.faults(report)
    for fault in wrong[:_FEW]:
        checks = plain(", ".join(fault.checks))
        st.markdown(
            f"{badge(fault.finding.status)} {plain(sentence(fault.finding.detail))}  \n"
            f":small[:gray[{checks}]]"
        )
    if wrong[_FEW:]:
        st.caption(f"And {len(wrong) - _FEW} more: {telling.counted(wrong[_FEW:])}.")


def none_yet(known: Snapshot) -> None:
    """No run is known yet: what will appear, and when the next one runs."""
    now, cron = shared.now(), watch.WATCH.settings.schedule
    with st.container(border=True):
        if known.history.trouble:
            st.markdown("## Nothing of the past can be shown")
        elif known.history.reaches is None:
            st.markdown("## The history has not been read yet")
        else:
            st.markdown("## No run is in the history yet")
        st.markdown(
            "Every verification leaves a row, and this page is made of them:\n"
            "- a **timeline** of each check: ok, warning, unknown, critical, and hollow where "
            "nobody looked;\n"
            "- **incidents**, from the first run that found a fault to the first that proves it "
            "repaired, with how long it took to see and to repair it;\n"
            "- every **run** with who asked and what it found, word for word.\n"
        )
        if cron is None:
            st.markdown("No schedule is set (`WATCHTOWER_SCHEDULE`): verify by hand.")
        else:
            due = schedule.slot_after(cron, now)
            st.markdown(
                f"**The next run is due {clock(due, now)}, in {duration(due - now)}** "
                f"(`{cron}`, UTC)."
            )
        st.page_link("verify.py", label="Verify now instead", icon=":material/verified_user:")
