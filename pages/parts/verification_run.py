"""The verification: how far the one under way is, for whoever looks, and the last one's answer."""

from __future__ import annotations

from concurrent.futures import Future

import pandas as pd
import streamlit as st

from lib import verification
from lib.checks import CHECKS, telling
from lib.core.errors import WatchtowerError
from lib.core.progress import AT_MOST, Running, Step
from lib.core.results import CheckResult, Report, Status
from lib.core.words import sentence, who
from lib.reports import proof
from lib.reports.markdown import breakable, plain
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from pages.parts import cards, checklist, findings, shared
from pages.parts.words import badge

FOLLOWING, WATCHING = 0.3, 2.0  # seconds between two looks, with a run under way and without
_RUN, _FAILED, _SHOWN = "run", "run failed", "run shown"
_WAITING = ":gray[:material/radio_button_unchecked: waiting]"
_ASKING = ":gray[:material/pending:] :shimmer[asking]"
PROMISE = f"""
- Runs all {len(CHECKS)} checks and calls both RPCs; it takes at most 10 s.
- Tries the guards' functions on a temporary table and rolls that back.
- Keeps the answer as one row in the history, and changes nothing else.
"""
_KINDS = {
    ".html": ("HTML, to print", ":material/print:"),
    ".md": ("Markdown", ":material/article:"),
    ".json": ("JSON", ":material/data_object:"),
}


def begun(run: Future[Report]) -> None:
    """Remember that this viewer began or joined this run, to say how it ended."""
    st.session_state[_RUN] = run, shared.now()
    st.session_state.pop(_FAILED, None)


def under_way() -> bool:
    """Is one running, by whoever? What this script run goes by."""
    if _RUN in st.session_state and not _waiting():
        run, _ = st.session_state.pop(_RUN)
        try:
            verification.landed(run, 0)
        except WatchtowerError as error:
            st.session_state[_FAILED] = f"Unknown: {error}"
    busy = st.session_state[_SHOWN] = _busy(shared.snapshot())
    return busy


def _busy(known: Snapshot) -> bool:
    run = known.running
    return _waiting() or (run is not None and not run.overdue(shared.now()))


def _waiting() -> bool:
    """Does this viewer wait for an answer that may still come in time?"""
    run, began = st.session_state.get(_RUN, (None, None))
    return run is not None and not run.done() and shared.now() - began <= AT_MOST


def trouble() -> None:
    """Why did this viewer's last run come to nothing? Else why nothing can be read at all."""
    if why := st.session_state.get(_FAILED):
        st.error(f"**{plain(why)}** Nothing was verified.", icon=":material/help:")
        return
    known = shared.snapshot()
    silent = known.report is not None and not shared.current()
    if watch.WATCH.settings_error is None and (known.trouble or silent):
        shared.unknown(known)


def follow(*, busy: bool) -> None:
    """The run as it goes. Redraws the page when one begins or has ended; never blocks it."""
    st.fragment(_follow, run_every=FOLLOWING if busy else WATCHING)()


def _follow() -> None:
    newest, shown = watch.WATCH.snapshot, shared.snapshot()
    busy = _busy(newest)
    if busy != st.session_state[_SHOWN] or newest.verified is not shown.verified:
        st.rerun()
    if busy:
        _progress(newest.running)


def _progress(run: Running | None) -> None:
    """How many have answered, what each said, and which one is being asked."""
    run = run or Running(shared.now(), "", "", tuple(check.name for check in CHECKS))
    names, done = run.checks, run.done
    failing = sum(step.status not in (Status.OK, None) for step in done)
    words = f"{len(done)} of {len(names)} checks have answered"
    if failing:
        words += f", {failing} not ok"
    st.progress(len(done) / len(names), text=words)
    seconds = (shared.now() - run.began).total_seconds()
    by = f" · asked by {plain(who(run.who, run.face))}" if run.who else ""
    st.caption(f"{seconds:.1f} s{by} · everybody on this page sees it")
    answered = {step.check: step for step in done}
    lines = [_line(name, answered.get(name), name == run.current) for name in names]
    _beside(lines, None)


def _beside(lines: list[tuple[str, str, str]], report: Report | None) -> None:
    """The checks, and beside them what they prove: the same while it runs and afterwards."""
    listed, ticked = st.columns([7, 5], gap="medium")
    with listed:
        st.header("Every check")
        frame = pd.DataFrame(lines, columns=["Status", "Check and what it found", "Took"])
        st.table(frame, border="horizontal", hide_index=True, alt="Each check: status and time")
    with ticked:
        st.header("Acceptance")
        checklist.checklist(report, running=report is None)


def _line(name: str, step: Step | None, asking: bool) -> tuple[str, str, str]:
    if step is None:
        return (_ASKING if asking else _WAITING), f"**{plain(name)}**", ""
    look = badge(step.status)
    words = f"**{plain(name)}** {breakable(sentence(step.summary))}"
    return look, words, f"{round(1000 * step.seconds):,}\u00a0ms"


def result(report: Report) -> None:
    """What the last verification found, who asked, and the file to keep."""
    worse = checklist.turned(report)
    fresh = shared.current() and not worse
    with st.container(border=True):
        words = plain(telling.verdict(report, badge=True))
        st.markdown(f"### {badge(report.status, current=fresh)} {words}")
        asked = cards.asked(report.checked_at, report.who, report.face)
        st.caption(
            f"{plain(sentence(asked))} · took {report.duration_ms:,} ms",
            help=shared.local(report.checked_at),
        )
        if worse:
            look = badge(max(check.status for check in worse.values()))
            names = plain(", ".join(worse))
            st.markdown(f"{look} **A later reading says otherwise** about {names}.")
            st.page_link("status.py", label="Status: what is wrong now", icon=":material/east:")
        if report.unrecorded:
            st.markdown(f"{badge(Status.WARNING)} {plain(report.unrecorded)}")
        _downloads(report)


def followed(report: Report) -> None:
    """A later verification, by another copy or face: what it said, and where all of it stands."""
    run = next(reversed(shared.snapshot().history.verifications()), None)
    if run is None or run.at <= report.checked_at + AT_MOST:  # else it may be this one's own row
        return
    with st.container(border=True):
        asked = plain(cards.asked(run.at, run.who, run.face))
        look = badge(run.status, current=shared.current())
        st.markdown(f"{look} **Verified again since, elsewhere:** {asked}")
        st.caption("Below is the last verification of this copy.")
        st.page_link("history.py", label="History: what it found", icon=":material/east:")


def _downloads(report: Report) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Keep it as a proof", width="content")
        for suffix, (label, look) in _KINDS.items():
            text, name = shared.proof_file(report, suffix), proof.file_name(report, suffix)
            shared.download(label, text, name, look, f"proof{suffix}")


def details(report: Report) -> None:
    """What it found wrong, worst first; then every check, and the acceptance list."""
    if found := findings.faults(report):
        st.header("What is wrong, worst first")
        findings.cards(found)
    worse = checklist.turned(report)
    _beside([_past(check, worse.get(check.check)) for check in report.checks], report)


def _past(check: CheckResult, later: CheckResult | None) -> tuple[str, str, str]:
    """A check of the verification; where a later reading found it worse, that, and what it was."""
    step = Step(check.check, check.standing, check.summary, check.seconds)
    _, words, took = _line(step.check, step, False)
    if later is None:
        return badge(check.standing, current=shared.current()), words, took
    return (
        badge(later.status, current=shared.current()),
        f"**{plain(check.check)}** {breakable(sentence(later.failing()[0].detail))} "
        f":gray[· verified as {check.word}]",
        took,
    )


def elsewhere(report: Report | None) -> None:
    """The same over HTTP and on the command line, as lines to copy."""
    for name, line in proof.commands(report, shared.origin()):
        st.markdown(f"**{plain(name)}**")
        st.code(line, language=None, wrap_lines=True)
    st.caption("Put the secret in place of the placeholder. Each command gives the same answer.")
