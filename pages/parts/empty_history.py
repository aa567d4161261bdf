"""What will stand on the History page, and when: for an installation's first minutes."""

from __future__ import annotations

import streamlit as st

from lib.core.words import clock, duration
from lib.watch import schedule, watch
from lib.watch.snapshot import Snapshot
from pages.parts import shared


def teach(known: Snapshot) -> None:
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
            "- **incidents** from the first run that found something to the first that proves it "
            "mended, with how long it took to be seen and to be mended;\n"
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
