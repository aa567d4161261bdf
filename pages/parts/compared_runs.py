"""Two runs of the past beside each other: what is otherwise in the one that was chosen?"""

from __future__ import annotations

import streamlit as st

from lib.core import comparison
from lib.core.comparison import Change
from lib.core.results import STATUSES, Report, Status
from lib.core.words import mark, moment, plural, sentence
from lib.history.history import VERIFICATION, Run
from lib.reports.markdown import plain
from lib.watch import watch
from pages.parts import shared
from pages.parts.words import badge

_ADDRESS, _KEY = "with", "compared with"
_OFFERED, _FEW = 60, 12


def offered(run: Run, report: Report) -> None:
    """A choice of the runs around this one, the last right one before it first."""
    known = shared.snapshot()
    runs = {each.id: each for each in _others(run)}
    if not runs:
        return
    asked = st.query_params.get(_ADDRESS)
    chosen: str | None = st.selectbox(
        "Compare with another run",
        list(runs),
        index=list(runs).index(asked) if asked in runs else None,
        key=_KEY,
        on_change=_choose,
        format_func=lambda each: f"{runs[each].at:%Y-%m-%d %H:%M:%S} · {mark(runs[each].status)}",
        placeholder="Choose one",
        width=360,
    )
    if chosen is None:
        return
    other = known.opened.get(chosen)
    if other is None:
        watch.WATCH.open(chosen)
        shared.being_read(
            f"the run of {moment(runs[chosen].at)}",
            lambda: watch.WATCH.open(chosen),
            lambda: chosen in watch.WATCH.snapshot.opened,
        )
    elif other.report is None:
        why = other.trouble or "it holds no report"
        st.markdown(f"{badge(Status.UNKNOWN)} {plain(f'That run could not be read: {why}')}")
    elif runs[chosen].at <= run.at:
        _told(other.report, report, f"Since {moment(runs[chosen].at)}")
    else:
        _told(report, other.report, f"Until {moment(runs[chosen].at)}")


def closed() -> None:
    """Another run that is opened is compared with nothing."""
    st.session_state.pop(_KEY, None)
    st.query_params.pop(_ADDRESS, None)


def _choose() -> None:
    """The address says which, so that a link opens the same."""
    if (chosen := st.session_state[_KEY]) is None:
        st.query_params.pop(_ADDRESS, None)
    else:
        st.query_params[_ADDRESS] = chosen


def _others(run: Run) -> list[Run]:
    """The last run before it that was right, then those nearest to it."""
    runs = [each for each in shared.snapshot().history.runs if each.kind == VERIFICATION]
    before = [each for each in runs if each.at < run.at]
    right = [each for each in before if each.status < Status.UNKNOWN][-1:]
    near = sorted(runs, key=lambda each: abs(each.at - run.at))[: _OFFERED + 2]
    return [each for each in [*right, *(each for each in near if each not in right)] if each != run]


def _told(before: Report, after: Report, title: str) -> None:
    turns, changes = comparison.turns(before, after), comparison.changes(before, after)
    if not turns and not changes:
        st.markdown(f"**{title} nothing is otherwise** in what is not right.")
        return
    count = f"{plural(len(turns), 'check')} turned"
    st.markdown(f"**{title}: {count}**")
    if turns:
        st.markdown(
            "  \n".join(
                f"{_look(turn.before)} → {_look(turn.after)} {plain(turn.check)}" for turn in turns
            )
        )
    for change in changes[:_FEW]:
        st.markdown(_line(change))
    if changes[_FEW:]:
        st.caption(f"And {len(changes) - _FEW} more.")


def _look(word: str | None) -> str:
    return ":gray-badge[not tried]" if word is None else badge(STATUSES.get(word))


def _line(change: Change) -> str:
    """What came, what went, or what is said otherwise."""
    was, now = change.before, change.after
    name = f":small[:gray[{plain(change.check)}]]"
    if now is None:
        assert was is not None
        return f":green-badge[:material/remove: gone] {plain(sentence(was.detail))}  \n{name}"
    if was is None:
        return f"{badge(now.status)} new: {plain(sentence(now.detail))}  \n{name}"
    return (
        f"{badge(now.status)} {plain(sentence(now.detail))}  \n"
        f":small[:gray[before: {plain(was.detail)} · {plain(change.check)}]]"
    )
