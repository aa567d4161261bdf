"""An incident as a card: what failed, from when to when, who saw it, and the notes on it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from lib.core.results import Status
from lib.core.words import at_most, clock, duration, reached, sentence, spell, who
from lib.history.history import REFRESH, Since
from lib.history.incidents import Incident
from lib.history.migrations import applied
from lib.history.notes import LONGEST, notes, notes_of
from lib.reports.markdown import breakable, plain
from lib.reports.review import wording
from lib.watch import watch
from pages.parts import history_runs, shared, sign_in
from pages.parts.timeline import Asked, Past
from pages.parts.words import badge, close

_FEW, _FACE = 4, "page"


def shown(found: Past, wanted: Asked) -> None:
    """The incidents of the range, newest first; beyond a few behind a fold."""
    those = [
        each
        for each in found.incidents
        if (wanted.check is None or wanted.check in each.checks)
        and (wanted.status is None or wanted.status in {s.word for s in each.checks.values()})
    ]
    if not those:
        but = ", as far as you filter for it." if wanted.check or wanted.status else "."
        st.markdown(f"No run of this range found anything critical or unknown{but}")
        return
    shared.few(those, _card, _FEW, lambda rest: f"{len(rest)} earlier")


def _card(incident: Incident) -> None:
    now = shared.now()
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"### {badge(incident.status)} {plain(wording.what(incident))}")
        st.markdown(_span(incident, now), help=shared.local(incident.began))
        with st.grid(6, min_column_width=140, gap="small"):
            for label, words in _facts(incident, now):
                st.markdown(f":small[:gray[{label}]]  \n{breakable(words)}")
        _notes(incident)
        _links(incident)


def _span(incident: Incident, now: datetime) -> str:
    begin = clock(incident.began, now)
    if incident.ended is None:
        return f"**Under way for {duration(incident.lasted(now))}**, since {begin}"
    same_day = incident.began.date() == incident.ended.date()
    end = f"{incident.ended:%H:%M} UTC" if same_day else clock(incident.ended, now)
    return f"**{spell(incident.lasted(now))}**, from {begin} to {end}"


def _facts(incident: Incident, now: datetime) -> list[tuple[str, str]]:
    """Label and words, each short: they stand beside each other."""
    facts = []
    if incident.detected is not None:
        facts.append(("Detected", f"{spell(incident.detected)} after the first bad row"))
    elif incident.within is not None:
        facts.append(("Detected", f"at most {at_most(incident.within)} after it broke"))
    if incident.last_ok is None:
        facts.append(("Last seen ok", "never, as far as is known"))
    else:
        precise = close(Since(incident.last_ok, incident.began))
        facts.append(("Last seen ok", clock(incident.last_ok, now, seconds=precise)))
    facts.append(("First seen by", wording.seen_by(incident.first)))
    if incident.repaired is not None:
        facts.append(("Seen repaired by", wording.seen_by(incident.repaired)))
    if incident.reach is not None:
        facts.append(("Reach", reached(incident.reach)))
    facts.append(("Not ok", wording.checks(incident)))
    return facts


def _links(incident: Incident) -> None:
    """To what the first red run with a report and the first ok one found, in this card."""
    place = f"incident {incident.began.isoformat()}"
    found = incident.opens
    label = "The run that found it"
    if found is not None and found.at != incident.began:
        label = f"The run of {found.at:%H:%M} UTC"
    ends = [(label, found), ("The run that proves it", incident.repaired)]
    with st.container(horizontal=True, gap="small"):
        for label, run in ends:
            if run is not None and run.kind != REFRESH:
                st.button(
                    label,
                    key=f"{place} {label}",
                    icon=":material/description:",
                    on_click=history_runs.choose,
                    args=(run.id, place),
                )
    history_runs.opened(place)


def _notes(incident: Incident) -> None:
    """The notes, the migrations before it, and a place to add a note."""
    known, now = shared.snapshot(), shared.now()
    before = wording.migrations(applied(known.history, incident.last_ok, incident.began))
    st.caption(f"{plain(sentence(before))}.")
    for note in notes_of(incident, notes(known.history)):
        text = "  \n".join(plain(line) for line in note.text.splitlines())
        by = plain(who(note.by, note.face))
        look = ":material/sticky_note_2:"
        st.markdown(f"{look} {text}  \n:small[:gray[{by}, {clock(note.at, now)}]]")
    _add_note(incident.began, known.noting.get(incident.began.isoformat()))


def _add_note(about: datetime, under_way: str | None) -> None:
    """A note on its way, why it was not kept, and the form."""
    if under_way == "":
        st.markdown(":material/hourglass_empty: The note is being kept …")
        return
    if under_way:
        st.markdown(f"{badge(Status.UNKNOWN)} **{plain(under_way)}**")
    key = f"note {about.isoformat()}"
    with st.expander("Add a note", icon=":material/edit_note:", key=f"{key} fold"):
        st.text_area(
            "What should others know about it, and why did it happen?",
            key=f"{key} text",
            max_chars=LONGEST,
            height=90,
        )
        sign_in.ask(
            "Keep the note",
            lambda by: _keep_note(about, by, f"{key} text"),
            key=key,
            icon=":material/edit_note:",
            border=False,
        )
        st.caption("It is kept in the history with your name, and cannot be changed later.")


def _keep_note(about: datetime, by: str, field: str) -> None:
    """Hand it on; what was written stays there where nothing of it can be kept."""
    watch.WATCH.notebook.add(about, st.session_state.get(field) or "", by=by, face=_FACE)
    if watch.WATCH.snapshot.noting.get(about.isoformat()) == "":
        st.session_state[field] = ""
