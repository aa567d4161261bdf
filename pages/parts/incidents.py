"""An incident as a card: what failed, from when to when, how far it reached, who saw it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from lib.core.words import at_most, clock, duration, reached, spell, who
from lib.history.history import REFRESH, RPC, Run, Since
from lib.history.incidents import Incident
from lib.reports.review import wording
from pages.parts import history_runs, notes, shared
from pages.parts.timeline import Asked, Past
from pages.parts.words import badge, breakable, close, plain

_FEW = 4


def shown(found: Past, wanted: Asked) -> None:
    """The incidents of the range, newest first; beyond a few behind a fold."""
    those = [
        each
        for each in found.incidents
        if (wanted.check is None or wanted.check in each.checks)
        and (wanted.status is None or wanted.status in {s.word for s in each.checks.values()})
    ]
    if not those:
        st.markdown("No run of this range found anything critical or unknown" + _but(wanted))
        return
    for each in those[:_FEW]:
        _card(each)
    if rest := those[_FEW:]:
        with st.expander(f"{len(rest)} earlier", icon=":material/unfold_more:"):
            for each in rest:
                _card(each)


def _but(wanted: Asked) -> str:
    return ", as far as you filter for it." if wanted.check or wanted.status else "."


def _card(incident: Incident) -> None:
    now = shared.now()
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"### {badge(incident.status)} {plain(wording.what(incident))}")
        st.markdown(_span(incident, now), help=shared.local(incident.began))
        with st.grid(6, min_column_width=140, gap="small"):
            for label, words in _facts(incident, now):
                st.markdown(f":small[:gray[{label}]]  \n{breakable(words)}")
        notes.shown(incident)
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
    facts.append(("First seen by", _seen_by(incident.first)))
    if incident.mended is not None:
        facts.append(("Seen mended by", _seen_by(incident.mended)))
    if incident.reach is not None:
        facts.append(("Reach", reached(incident.reach)))
    facts.append(("Not ok", wording.checks(incident)))
    return facts


def _seen_by(run: Run) -> str:
    if run.kind == REFRESH:
        return "a refresh"
    return run.face if run.kind == RPC else who(run.who, run.face)


def _links(incident: Incident) -> None:
    """To what the first red run with a report and the first ok one found, in this card."""
    place = f"incident {incident.began.isoformat()}"
    found = incident.opens
    label = "The run that found it"
    if found is not None and found.at != incident.began:
        label = f"The run of {found.at:%H:%M} UTC"
    ends = [(label, found), ("The run that proves it", incident.mended)]
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
