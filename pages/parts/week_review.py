"""The parts of the weekly review's page: which week, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from lib.core.results import Status
from lib.core.words import by_time, percent, plural, sentence, stamp, word
from lib.history.lanes import ALL, bars
from lib.reports.drawing import svg
from lib.reports.drawing.looks import LOOKS
from lib.reports.markdown import plain
from lib.reports.review import FORMATS, Review, wording
from lib.reports.review.actions import Action
from lib.reports.review.content import Told
from lib.reports.review.measures import Measure
from lib.reports.review.reading import WEEKS_BEFORE
from pages.parts import cards, findings, partition_frames, shared, verdict
from pages.parts.words import badge

_HOUR = timedelta(hours=1)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FEW = 5
_FILES = {
    "html": ("HTML, prints on two pages", ".html", ":material/print:"),
    "markdown": ("Markdown", ".md", ":material/notes:"),
    "csv": ("CSV", ".csv", ":material/table_rows:"),
}


def today() -> None:
    """How it stands now, whichever week is shown, and is next month ready?"""
    known = shared.snapshot()
    report = known.report
    wrong = [] if report is None else findings.faults(report)
    lines = [f"Now: {verdict.standing(wrong)}"]
    if report is not None:
        lines.append(cards.next_month(partition_frames.months(report)))
    if known.verified is not None and known.unrecorded:
        run = known.verified
        look = badge(run.status, current=shared.current())
        said = plain(cards.asked(run.checked_at, run.who, run.face))
        lines.append(f"Last verified: {look} {said}; no row of it is in the history.")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("  \n".join(lines), width="content")
        verdict.to_status()


def head(known: Review) -> None:
    """The week in one sentence, hour by hour, and in the four numbers that a meeting asks for."""
    look = LOOKS[known.status]
    with st.container(border=True, gap="small"):
        st.caption(plain(wording.title(known)))
        st.markdown(f"## :{look.colour}[{look.icon}] {plain(wording.verdict(known))}")
        if known.incidents:
            st.markdown(_worst(known.incidents))
        hours, numbers = st.columns([8, 5], gap="medium", vertical_alignment="center")
        with hours:
            _hours(known)
        with numbers, st.grid(2, min_column_width=130, gap="medium"):
            for label, words, more in _numbers(known):
                with st.container(gap=None):
                    st.metric(label, words)
                    st.caption(more)


def _worst(told: Sequence[Told]) -> str:
    """The worst incident in one line, the longest of several."""
    worst = max(
        (each.incident for each in told),
        key=lambda own: (own.status, own.ended is None, own.lasted(shared.now())),
    )
    first = "The worst: " if told[1:] else ""
    return f"{first}**{plain(wording.what(worst))}**, {plain(wording.span(worst))}"


def _numbers(known: Review) -> Iterator[tuple[str, str, str]]:
    """What it is, the number, and a word on it."""
    own, ready = known.together, known.readiness
    yield "Fine", percent(own.share), f"of the time looked at; {wording.verifications(known)}"
    detect, fix = known.to_detect, known.to_repair
    over = wording.over(detect, "not known")
    yield "Time to detect", wording.time(detect), f"first bad row to seen{over and ', '}{over}"
    over = wording.over(fix, "not repaired")
    yield "Time to repair", wording.time(fix), f"first seen to seen repaired{over and ', '}{over}"
    said = "ready" if ready.status is Status.OK else word(ready.status)
    yield ready.month, said, wording.readiness(known)


def _hours(known: Review) -> None:
    drawn = bars(known.spans[ALL], _HOUR)
    told = by_time(bar.status for bar in drawn)
    st.image(
        svg.week(drawn, _DAYS, ink=shared.ink()),
        width="stretch",
        alt=f"The week from Monday: {told} of {len(drawn)} hours",
    )
    rest = "" if known.over else "; what is left of the week is blank"
    st.caption(f"A square is an hour, UTC, and shows the worst in it{rest}.")
    cards.strip_legend()


def actions(known: Review) -> None:
    """What is left to do, worst first."""
    if not known.actions:
        st.markdown("Nothing of this week is left to do.")
    shared.few(known.actions, _action, _FEW, lambda rest: plural(len(rest), "more action"))


def _action(each: Action) -> None:
    look = badge(each.status)
    done = ""
    if each.done is not None:
        look = badge(each.status, current=False)
        done = f" Right again {plain(stamp(each.done))} UTC."
    st.markdown(
        f"{look} **{plain(each.what)}**  \n:small[:gray[{plain(sentence(each.do))}.]]{done}"
    )


def incidents(known: Review) -> None:
    """What went wrong, the newest first."""
    if not known.incidents:
        st.markdown(plain(wording.no_incident(known)))
        return
    newest = known.incidents[::-1]
    shared.few(newest, _incident, _FEW, lambda rest: plural(len(rest), "more incident"))
    st.page_link("history.py", label="Add a note, on the History page", icon=":material/history:")


def _incident(told: Told) -> None:
    own = told.incident
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{badge(own.status)} **{plain(wording.what(own))}**")
        st.markdown(plain(sentence(wording.span(own))), help=shared.local(own.began))
        for note in told.notes:
            by = plain(wording.author(note))
            look = ":material/sticky_note_2:"
            st.markdown(f"{look} {plain(note.text)}  \n:small[:gray[{by} UTC]]")
        st.caption(f"{plain(sentence('; '.join(wording.facts(told))))}.")


def measures(known: Review) -> None:
    """Null keys, wrong keys, rows without a session, join rate: against the weeks before."""
    with st.container(border=True, gap="xsmall"):
        for each in known.measures:
            _measure(each)
    st.caption(f"{plain(sentence(wording.window(known)))}.")


def _measure(each: Measure) -> None:
    now = f"**{each.name}** · {each.words(each.worst)}"
    if each.worst_at is not None and each.worst != each.last:
        now += f" at worst, {stamp(each.worst_at)}; {each.words(each.last)} at last"
    before = f"{each.words(each.before)} the week before, {each.words(each.mean)} the mean of four"
    if not each.weeks:
        before = "not measured in the four weeks before"
    measured = f", {each.weeks} of them measured" if 0 < each.weeks < WEEKS_BEFORE else ""
    st.markdown(f"{now}  \n:small[:gray[{plain(before)}{measured}]]")


def changes(known: Review) -> None:
    """Definitions that were another way, and what people did."""
    lines = wording.changes(known)
    if not lines:
        st.markdown(plain(wording.no_change(known)))
    listed = [f"- {plain(line)}" for line in lines]
    st.markdown("\n".join(listed[:_FEW]))
    if rest := listed[_FEW:]:
        with st.expander(f"{len(rest)} more of these", icon=":material/unfold_more:"):
            st.markdown("\n".join(rest))


def checks(known: Review) -> None:
    """For how long each stood how, and when nobody looked."""
    cards.unverified("", list(wording.blind(known)))
    if apart := wording.apart(known):
        st.markdown(f"{badge(None)} {plain(', '.join(apart))}")
    calm = [name for name in known.checks if known.times[name].calm(known.together)]
    rows = [wording.row("all checks together", known.together)]
    rows += [wording.row(name, known.times[name]) for name in known.checks if name not in calm]
    _table(rows, "For how long each check had each status in this week")
    if calm:
        label = f"Ok all the time: {plural(len(calm), 'check')}"
        with st.expander(label, icon=LOOKS[Status.OK].icon):
            rows = [wording.row(name, known.times[name]) for name in sorted(calm)]
            _table(rows, "The checks that were ok all week")
    st.caption(plain(wording.CAVEAT))


def _table(rows: list[tuple[str, ...]], alt: str) -> None:
    frame = pd.DataFrame(rows, columns=list(wording.COLUMNS))
    shared.table(frame, alt, whole=True)


def files(known: Review) -> None:
    """The same to keep, to print or to send."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Keep it", width="content")
        for name, (label, suffix, look) in _FILES.items():
            file = f"partition-watchtower-{known.week}{suffix}"
            shared.download(label, FORMATS[name](known), file, look, f"review {name}")
    st.caption(
        f"Or: `.venv/bin/python -m lib review --week {known.week} --html review.html`, which reads "
        "only the rows: without what this copy's refreshes saw."
    )
