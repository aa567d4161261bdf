"""The past of every check over a range: chosen by the viewer, counted once for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from lib.core.results import Status
from lib.core.words import NOT_VERIFIED, by_time, clock, duration, percent, plural, spell
from lib.history.history import History
from lib.history.incidents import Incident, incidents
from lib.history.lanes import ALL, Availability, Bar, Span, availability, bars, gaps, lanes
from lib.reports.drawing import svg
from lib.reports.drawing.looks import LOOKS
from lib.reports.markdown import plain
from lib.watch import schedule
from pages.parts import shared
from pages.parts.cards import strip_legend, unverified
from pages.parts.words import icon

# How long a bar is, and how many there are.
RANGES = {
    "24h": (timedelta(minutes=30), 48),
    "7d": (timedelta(hours=3), 56),
    "30d": (timedelta(hours=12), 60),
    "90d": (timedelta(days=2), 45),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = [*(status.word for status in sorted(Status, reverse=True)), NOT_VERIFIED]


@dataclass(frozen=True)
class Past:
    """How did each check stand in this range? By check, ALL for everything together."""

    start: datetime
    end: datetime
    slot: timedelta
    spans: Mapping[str, tuple[Span, ...]]
    times: Mapping[str, Availability]
    bars: Mapping[str, tuple[Bar, ...]]
    incidents: tuple[Incident, ...]

    @property
    def checks(self) -> list[str]:
        """The checks, worst first: what is wrong now, then by critical, unknown, warning time."""

        def badness(name: str) -> tuple[int, timedelta, timedelta, timedelta]:
            own = self.times[name]
            return (self.spans[name][-1].status or 0, own.critical, own.unknown, own.warning)

        names = [name for name in self.times if name != ALL]
        return sorted(names, key=badness, reverse=True)


@dataclass(frozen=True)
class Asked:
    """What does the viewer want to see? None: all of it."""

    span: str
    check: str | None
    status: str | None


def asked(known: History) -> Asked:
    """Which range, which check, which status? All stand in the address: a link opens the same."""
    names = sorted({check for run in known.known[-50:] for check in run.checks})
    wanted = st.query_params.get("check")
    if wanted and wanted not in names and any(wanted in run.checks for run in known.runs):
        names.append(wanted)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        span: str = st.radio(
            "Range", list(RANGES), index=1, key="range", bind="query-params", horizontal=True
        )
        check: str | None = st.selectbox(
            "Check",
            names,
            index=None,
            key="check",
            bind="query-params",
            placeholder="All checks",
            width=240,
        )
        status: str | None = st.selectbox(
            "Status",
            _STATES,
            index=None,
            key="status",
            bind="query-params",
            placeholder="Any status",
            width=180,
        )
    return Asked(span or "7d", check, status)


def past(known: History, span: str) -> Past:
    """What happened in this range, up to this minute."""
    known = known.recorded
    last = [run.until for run in known.runs[-1:]]
    edition = f"{span} {len(known.runs)} {[run.id for run in known.runs[:1]]} {last}"
    minute = f"{shared.now():%d %H:%M} {shared.snapshot().period}"
    return shared.kept("past", f"{edition} {minute}", lambda: _past(known, span))


def _past(known: History, span: str) -> Past:
    slot, slots = RANGES[span]
    # This machine's clock may be behind the database's: no run is left out for that.
    end = max([shared.now(), *(run.until for run in known.runs[-1:])])
    start = _EPOCH + ((end - _EPOCH) // slot - slots + 1) * slot
    found = lanes(known, start, end, schedule.holds(shared.snapshot().period))
    return Past(
        start,
        end,
        slot,
        found,
        {check: availability(spans) for check, spans in found.items()},
        {check: bars(spans, slot) for check, spans in found.items()},
        tuple(
            incident
            for incident in reversed(incidents(known))
            if incident.ended is None or incident.ended > start
        ),
    )


def totals(found: Past, check: str | None) -> None:
    """Four numbers of the range: fine, critical, unknown, not verified."""
    times = found.times.get(check or ALL, Availability())
    told = (
        ("Fine, of the time looked at", percent(times.share)),
        ("Critical", spent(times.critical)),
        ("Unknown", spent(times.unknown)),
        ("Not verified", spent(times.unverified)),
    )
    with st.grid(4, min_column_width=150, gap="small"):
        for label, words in told:
            with st.container(border=True, gap=None, height="stretch"):
                st.markdown(f":small[:gray[{label}]]  \n**{words}**")


def spent(time: timedelta) -> str:
    """3 min 10 s; none."""
    return spell(time) if time else "none"


def timeline(found: Past, wanted: Asked) -> None:
    """A strip a check, worst first, everything together before them."""
    names = [name for name in found.checks if _shown(found, name, wanted)]
    if wanted.check is None and wanted.status is None:
        names.insert(0, ALL)
    if not names:
        st.markdown("No check had that status in this range.")
        return
    if ALL in names:
        names.remove(ALL)
        _strip(found, ALL)
    calm = [name for name in names if found.times[name].calm(found.times[ALL])]
    _strips(found, [name for name in names if name not in calm])
    if len(calm) == 1:
        _strips(found, calm)
    elif calm:
        with st.expander(
            f"Ok all the time: {plural(len(calm), 'check')}", icon=LOOKS[Status.OK].icon
        ):
            _strips(found, calm)
    first = f"{found.start:%d %b, %H:%M}"
    st.caption(
        f"From {first} to {found.end:%d %b %Y, %H:%M} UTC, oldest left; a bar is "
        f"{duration(found.slot)} and shows the worst in it, filled as far as it was verified. "
        f"What a run finds holds until the next one, for {duration(2 * shared.snapshot().period)} "
        "at most."
    )
    strip_legend()
    _gaps(found)


def _strips(found: Past, names: list[str]) -> None:
    with st.grid(2, min_column_width=340, gap="small"):
        for name in names:
            with st.container(gap=None):
                _strip(found, name)


def _shown(found: Past, name: str, wanted: Asked) -> bool:
    if wanted.check is not None and name != wanted.check:
        return False
    return wanted.status is None or any(_word(s.status) == wanted.status for s in found.spans[name])


def _word(status: Status | None) -> str:
    return NOT_VERIFIED if status is None else status.word


def _strip(found: Past, name: str) -> None:
    last = found.spans[name][-1].status
    look = ":gray[:material/check_box_outline_blank:]" if last is None else icon(last)
    now = f" :small[:gray[{_word(last)} now]]" if last is None or last else ""
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        title = "All checks together" if name == ALL else name
        st.markdown(f"{look} **{plain(title)}**{now}", width="content")
        st.markdown(f":small[{percent(found.times[name].share)}]", width="content")
    drawn = found.bars[name]
    told = by_time(bar.status for bar in drawn)
    st.image(
        svg.strip(drawn),
        width="stretch",
        alt=f"{title}: {told} of {len(drawn)} bars of {duration(found.slot)}",
    )


def _gaps(found: Past) -> None:
    """When nobody looked: an outage is a gap afterwards, and it is named."""
    lines = [
        f"{clock(gap.begin, found.end)} to "
        f"{'now' if gap.end == found.end else clock(gap.end, found.end)} ({duration(gap.length)})"
        for gap in reversed(gaps(found.spans[ALL]))
    ]
    unverified("No run: ", lines)


def numbers(found: Past, wanted: Asked) -> None:
    """The same as a table."""
    names = [name for name in (ALL, *found.checks) if _shown(found, name, wanted)]
    frame = pd.DataFrame(
        [
            (
                name,
                percent(times.share),
                *map(
                    spent,
                    (times.critical, times.unknown, times.warning, times.ok, times.unverified),
                ),
                sum(name in each.checks or name == ALL for each in found.incidents),
            )
            for name in names
            if (times := found.times[name])
        ],
        columns=[
            "check",
            "fine",
            "critical",
            "unknown",
            "warning",
            "ok",
            NOT_VERIFIED,
            "incidents",
        ],
    )
    with st.expander("The same in numbers", icon=":material/table_rows:"):
        shared.table(frame, "For how long each check had each status in this range")
