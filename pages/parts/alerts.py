"""Who is told when something changes, and does it arrive? Below the last verification."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from lib.core.words import ago, clock, plural, times
from lib.reports.markdown import plain
from lib.settings.channels import Delivery
from lib.settings.maintenance_windows import current
from pages.parts import shared

_SLOW = timedelta(seconds=10)
_SAID = {
    "open": "told that it is not ok",
    "more": "told that more is not ok",
    "reminder": "reminded that it is not ok",
    "recovery": "told that it is ok again",
}


def lines() -> None:
    """How many channels there are, what was told last, and what does not arrive."""
    state, now = shared.snapshot().alerts, shared.now()
    if not state.channels:
        st.markdown(
            ":material/notifications_off: **Nobody is told of a change:** no alert channel is set.",
            help="Name one in WATCHTOWER_ALERTS, then try it: python -m lib alert --test",
        )
        return
    count = len(state.channels)
    channels = plural(count, "alert channel")
    told = "no message was sent yet"
    if state.said is not None:
        told = f"{_SAID[state.said.kind]} {ago(now - state.said.at)}"
    st.caption(f":material/notifications: {channels} · {told}")
    window = current(state.windows, now)
    if window is not None:
        st.markdown(
            ":gray-badge[:material/construction: maintenance] Nobody is told in this window: "
            f"{plain(window.text)}."
        )
    for channel in state.channels:
        if (why := _trouble(channel)) is not None:
            st.markdown(
                f":orange-badge[:material/notifications_off: not told] "
                f"{plain(f'Channel {channel.name}: {why}.')}"
            )
    if state.alone is not None:
        st.caption(plain(f"Each copy sends its own messages: {state.alone}."))


def _trouble(channel: Delivery) -> str | None:
    """What does not arrive? None where the last message did."""
    now = shared.now()
    if channel.since is not None and now - channel.since > _SLOW:
        return f"a message has been on its way since {clock(channel.since, now)}"
    if channel.trouble is None or channel.failed_at is None:
        return None
    often = "" if channel.failed == 1 else f", {times(channel.failed)} in all"
    return f"{channel.trouble}, {clock(channel.failed_at, now)}{often}"
