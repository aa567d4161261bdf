"""What every page shares: the snapshot, how old it is, and the only st.cache_* in the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from mimetypes import guess_type
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib.core.results import Report
from lib.core.words import ago, clock, duration, second
from lib.faces.base_path import under
from lib.reports import proof
from lib.reports.markdown import plain
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from pages.parts.frames import cells

BEAT_SECONDS = 5
_OFF = timedelta(minutes=1)
_READING_SECONDS = 0.5
REDRAW_SECONDS = 60  # every age on a page goes on, also where nothing newer comes
_SHOWN, _PAGES = "shown_snapshot", "known_pages"
T = TypeVar("T")
_LONG_TABLE, _LONG_TABLE_PIXELS, _ROW_PIXELS = 14, 440, 35
NOTHING_CHOSEN: Any = {"selection": {"rows": [], "columns": [], "cells": []}}
_INKS = {"light": "#555b64", "dark": "#a9b0ba"}


def begin_run() -> None:
    """Fix what this run shows: one snapshot, whatever comes in meanwhile."""
    known, at = watch.WATCH.snapshot, now()
    st.session_state[_SHOWN] = known, _drawn_from(known, at), at


def _drawn_from(known: Snapshot, at: datetime) -> tuple[int, bool, bool]:
    """What makes a page another one: its reading, that this is too old, or a sign-out elsewhere."""
    signed_in = watch.WATCH.sign_outs.still_in(st.user.to_dict())
    return known.number, known.stale(at), signed_in


def snapshot() -> Snapshot:
    """What does this run show?"""
    known: Snapshot = st.session_state[_SHOWN][0]
    return known


def know(pages: Iterable[StreamlitPage]) -> None:
    """Remember the pages of this run, by their addresses."""
    st.session_state[_PAGES] = {page.url_path or "status": page for page in pages}


def page(file: str) -> StreamlitPage | str:
    """The page of this file, to link to: named by its file alone, each link asks the disk."""
    known: dict[str, StreamlitPage] = st.session_state[_PAGES]
    return known.get(file.removesuffix(".py"), file)


def now() -> datetime:
    """This machine's clock, UTC."""
    return datetime.now(UTC)


def current() -> bool:
    """Does the last reading still speak for this moment?"""
    return snapshot().current(now())


def ink() -> str:
    """In which colour does a drawing write, on this viewer's ground?"""
    return _INKS.get(st.context.theme.type or "light", _INKS["light"])


def local(moment: datetime) -> str:
    """The same moment on the viewer's own clock, for a tooltip."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return plain(f"{moment.astimezone(zone):%d %b %Y, %H:%M:%S} your time ({zone.key})")


def beat() -> None:
    """How old is the answer? Says so every few seconds, and redraws the page when it is another."""
    coming_up = snapshot().report is None
    st.fragment(_beat, run_every=1 if coming_up else BEAT_SECONDS)()


def _beat() -> None:
    shown, drawn_from, since = st.session_state[_SHOWN]
    at = now()
    other = _drawn_from(watch.WATCH.snapshot, at) != drawn_from
    if other or (at - since).total_seconds() >= REDRAW_SECONDS:
        st.rerun()
    if shown.taken_at is None:
        st.caption(":material/schedule: Nothing was read yet")
        return
    when = f"{ago(shown.age(at), ticking=True)} · {plain(f'{shown.taken_at:%H:%M:%S}')} UTC"
    theirs = local(shown.taken_at)
    if current():
        st.caption(f":material/schedule: Read {when} · {_verified(shown, at)}", help=theirs)
    else:
        words = f":violet-badge[:material/schedule: Last read {when}] · {_verified(shown, at)}"
        st.markdown(words, help=theirs)
    if abs(shown.ahead) >= _OFF:  # ages are off by that
        side = "ahead of" if shown.ahead > timedelta() else "behind"
        span = duration(timedelta(minutes=round(abs(shown.ahead) / _OFF)))
        st.caption(
            f":material/schedule: This machine's clock is {span} {side} the "
            "database's: every age here is off by that."
        )


def _verified(shown: Snapshot, at: datetime) -> str:
    """When was all of it last verified, behaviour and both RPCs included?"""
    moments = [run.at for run in shown.history.verifications()[-1:]]
    if shown.verified is not None:
        moments.append(shown.verified.checked_at)
    return f"verified {ago(at - max(moments), ticking=True)}" if moments else "not verified yet"


def unknown(known: Snapshot, rest: str = "") -> None:
    """Nothing is known of this moment: said as loud as a fault is, and why."""
    st.info(f"**Unknown: {plain(why_unknown(known))}** {rest}", icon=":material/help:")


def why_unknown(known: Snapshot) -> str:
    """Why is there no answer for this moment? The first sentence says it, others what to do."""
    if known.trouble:
        return known.trouble
    if known.report is None or known.taken_at is None:
        return "The first reading is under way."
    return f"No reading is newer than that of {clock(known.taken_at, now())}."


def nothing_yet(known: Snapshot, *, said: bool = False) -> None:
    """Nothing to show: a demo that comes up, a first reading, or what to do about the trouble.

    `said` where the page's own banner has said why already.
    """
    if not said and (known.trouble or not known.starting):
        unknown(known)
    if known.trouble:
        first_steps(known)
    elif known.starting:
        sentence, part = known.starting
        st.progress(min(max(part, 0.0), 1.0), text=f"{plain(sentence)} …")
        st.caption("The first start takes some seconds. This page updates by itself.")
    else:
        st.caption("It takes some seconds. This page updates by itself.")
    remarks()


def first_steps(known: Snapshot) -> None:
    """What to do about the trouble."""
    if watch.WATCH.settings_error is not None:
        st.markdown(
            "What to do next: correct the setting that is named above (mostly `DATABASE_URL`) and "
            "start again. Nothing is tried until then."
        )
        return
    if known.demo:
        st.caption("This is the embedded demo. The watch tries again by itself.")
        return
    st.markdown("What to do next: try the same address by hand, then correct `DATABASE_URL`.")
    st.code('psql "$DATABASE_URL" -c "select 1"', language=None, wrap_lines=True)
    st.caption(
        "The watch tries again by itself; a corrected setting needs a restart. With "
        "`WATCHTOWER_DEMO=1` and no database named, it shows its own demo."
    )


def remarks() -> None:
    """What is to be said of the settings, though they stop nothing."""
    for remark in watch.WATCH.settings.remarks:
        st.caption(f":material/settings: Settings: {plain(remark)}")


def few(
    items: Sequence[T], draw: Callable[[T], object], most: int, rest: Callable[[Sequence[T]], str]
) -> None:
    """The first of them; the others behind a fold, which says what they are."""
    for item in items[:most]:
        draw(item)
    if others := items[most:]:
        with st.expander(rest(others), icon=":material/unfold_more:"):
            for item in others:
                draw(item)


def download(label: str, text: str | Callable[[], str], name: str, icon: str, key: str) -> None:
    """A button that keeps this text as a file of that name, and draws nothing anew."""
    kind, _ = guess_type(name)
    st.download_button(
        label, text, file_name=name, mime=kind, icon=icon, on_click="ignore", key=key
    )


def choosable(
    frame: pd.DataFrame,
    alt: str,
    names: list[str],
    key: str,
    choose: Callable[[str | None], object],
    *,
    tallest: int,
    shown: str | None = None,
    columns: Mapping[str, Any] | None = None,
) -> None:
    """A table of which one row can be chosen: `choose` gets its name, None where it is let go.

    A row is no longer chosen where another name stands in it by now, or is `shown`.
    """
    order = f"{key} in order"
    before = st.session_state.get(order, [])
    picked = st.session_state.get(key, NOTHING_CHOSEN)["selection"]["rows"]
    was = before[picked[0] : picked[0] + 1] if picked and shown is None else [shown]
    if picked and names[picked[0] : picked[0] + 1] != was:
        st.session_state[key] = NOTHING_CHOSEN
    st.session_state[order] = names

    def chosen() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        choose(names[picked[0]] if picked and picked[0] < len(names) else None)

    st.dataframe(
        cells(frame),
        hide_index=True,
        height=_ROW_PIXELS * (min(len(names), tallest) + 1) + 3,
        alt=alt,
        key=key,
        on_select=chosen,
        selection_mode="single-row",
        placeholder="–",
        column_config=columns,
    )


def being_read(what: str, want: Callable[[], object], there: Callable[[], bool]) -> None:
    """Says what is read in the background, and draws the page anew when it is there."""
    st.markdown(f":material/hourglass_empty: Reading {what} …")
    st.fragment(_until_read, run_every=_READING_SECONDS)(want, there)


def _until_read(want: Callable[[], object], there: Callable[[], bool]) -> None:
    want()  # another one may have been read meanwhile
    if there():
        st.rerun()


def origin() -> str:
    """Where does this dashboard answer? As the browser knows it."""
    parts = urlsplit(st.context.url or "")
    host = f"{parts.scheme}://{parts.netloc}" if parts.netloc else "http://127.0.0.1:8501"
    return host + under(st.get_option("server.baseUrlPath"))


def table(frame: pd.DataFrame, alt: str, *, whole: bool = False, **columns: Any) -> None:
    """A table with a name for those who do not see it; columns by name or column_config.

    A long one scrolls, unless it is to be seen whole.
    """
    moments = frame.select_dtypes("datetimetz").columns
    frame = frame.assign(
        **{name: frame[name].map(lambda at: "" if pd.isna(at) else second(at)) for name in moments}
    )
    labels = {name: str(name)[:1].upper() + str(name)[1:].replace("_", " ") for name in frame}
    config = {name: columns.get(name, label) for name, label in labels.items()}
    short = whole or len(frame) < _LONG_TABLE
    height: int | Literal["content"] = "content" if short else _LONG_TABLE_PIXELS
    st.dataframe(
        cells(frame),
        hide_index=True,
        alt=alt,
        height=height,
        column_config=config,
        placeholder="–",
    )


def chart(
    name: str,
    alt: str,
    draw: Callable[[], go.Figure],
    edition: object = "",
    on_select: Callable[[], None] | None = None,
) -> None:
    """A finished figure, drawn once for each report (and edition) and shared by every viewer.

    `on_select` is called when a point is chosen; the key is "chart " and the name.
    """
    report = snapshot().report
    moment = "" if report is None else f"{report.database} {report.checked_at.isoformat()}"
    figure = kept(f"chart {name}", f"{moment} {edition}", draw)
    shown = partial(
        st.plotly_chart,
        figure,
        width=figure.layout.width or "stretch",
        config={"displayModeBar": False},
        alt=alt,
        key=f"chart {name}",
        selection_mode="points",
    )
    if on_select is None:
        shown()
    else:
        shown(on_select=on_select)


def kept(name: str, edition: object, make: Callable[[], T]) -> T:
    """What is dear to make and the same for every viewer: made once for each edition."""
    made: T = _kept(name, str(edition), make)
    return made


def once(make: Callable[[Report], T]) -> Callable[[Report], T]:
    """Made once for each report and shared by every viewer: not to be changed."""

    @wraps(make)
    def known(report: Report) -> T:
        return of_report(make.__qualname__, report, partial(make, report))

    return known


def of_report(name: str, report: Report, make: Callable[[], T]) -> T:
    """The same for what takes more than a report; the name says what."""
    # The report is kept beside it: its id is not given to another one meanwhile.
    made: tuple[Report, T] = _kept(name, str(id(report)), lambda: (report, make()))
    return made[1]


@st.cache_resource(max_entries=300, show_spinner=False)
def _kept(name: str, edition: str, _make: Callable[[], Any]) -> Any:  # noqa: ARG001
    return _make()


def proof_file(report: Report, suffix: str) -> str:
    """The file to keep of this verification, made once and shared by every viewer."""
    return _proof(suffix, f"{report.database} {report.checked_at} {report.who}", origin(), report)


@st.cache_resource(max_entries=12, show_spinner=False)
def _proof(suffix: str, moment: str, origin: str, _report: Report) -> str:  # noqa: ARG001
    return proof.FORMATS[suffix](_report, origin)
