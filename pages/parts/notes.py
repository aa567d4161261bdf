"""Notes on an incident: what was written, and for operators a place to write."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from lib.core.results import Status
from lib.core.words import clock, sentence, who
from lib.history.incidents import Incident
from lib.history.migrations import applied
from lib.history.notes import LONGEST, notes, notes_of
from lib.reports.review import wording
from lib.watch import watch
from pages.parts import shared, sign_in
from pages.parts.words import badge, plain

FACE = "page"


def shown(incident: Incident) -> None:
    """The notes, the migrations before it, and a place to add a note."""
    known, now = shared.snapshot(), shared.now()
    before = wording.migrations(applied(known.history, incident.last_ok, incident.began))
    st.caption(f"{plain(sentence(before))}.")
    for note in notes_of(incident, notes(known.history)):
        text = "  \n".join(plain(line) for line in note.text.splitlines())
        by = plain(who(note.by, note.face))
        look = ":material/sticky_note_2:"
        st.markdown(f"{look} {text}  \n:small[:gray[{by}, {clock(note.at, now)}]]")
    _new(incident.began, known.noting.get(incident.began.isoformat()))


def _new(about: datetime, under_way: str | None) -> None:
    """A note on its way, why it was not kept, and the form."""
    if under_way == "":
        st.markdown(":material/hourglass_empty: The note is being kept …")
        return
    if under_way:
        st.markdown(f"{badge(Status.UNKNOWN)} **{plain(under_way)}**")
    key = f"note {about.isoformat()}"
    with st.expander("Add a note", icon=":material/edit_note:", key=f"{key} fold"):
        st.text_area(
            "What is to be known about it, and why did it happen?",
            key=f"{key} text",
            max_chars=LONGEST,
            height=90,
        )
        sign_in.ask(
            "Keep the note",
            lambda by: _keep(about, by, f"{key} text"),
            key=key,
            icon=":material/edit_note:",
            border=False,
        )
        st.caption("It is kept in the history with your name, and cannot be changed later.")


def _keep(about: datetime, by: str, field: str) -> None:
    """Hand it on; what was written stays there where nothing of it can be kept."""
    watch.WATCH.notebook.add(about, st.session_state.get(field) or "", by=by, face=FACE)
    if watch.WATCH.snapshot.noting.get(about.isoformat()) == "":
        st.session_state[field] = ""
