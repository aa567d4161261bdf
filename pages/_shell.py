"""The shell: which pages there are, which database this is, and whether it is the demo."""

from pathlib import Path

import streamlit as st

from lib.reports.drawing import svg
from lib.reports.markdown import plain
from pages.parts import drill, findings, setting_up, shared, sign_in

MARK = Path(__file__).with_name("parts") / "watchtower.svg"
st.set_page_config(page_title="Partition Watchtower", page_icon=str(MARK), layout="wide")
st.logo(
    svg.wordmark(MARK.read_text(encoding="utf-8"), shared.ink()),
    size="large",
    icon_image=str(MARK),
)
allowed = sign_in.may_look()
shared.begin_run()
known = shared.snapshot()
sections = {
    "": [st.Page("status.py", title="Status", icon=":material/monitor_heart:", default=True)],
    "Look": [
        st.Page(group.page, title=title, icon=group.icon)
        for title, group in findings.GROUPS.items()
    ],
    "Act": [
        st.Page("verify.py", title="Verify", icon=":material/verified_user:"),
        st.Page("runbook.py", title="Runbook", icon=":material/menu_book:"),
    ],
    "Review": [
        st.Page("history.py", title="History", icon=":material/history:"),
        st.Page("week.py", title="Week", icon=":material/date_range:"),
    ],
}
set_up = st.Page(setting_up.PAGE, title="Set up", icon=setting_up.ICON)
if setting_up.due(known):
    sections[""].insert(0, set_up)
else:
    sections["Act"].append(set_up)
if known.demo:
    sections["Act"].append(st.Page(drill.PAGE, title="Fire drill", icon=drill.FIRE))
# Streamlit's own list of sections is no list to a screen reader: links under captions are.
known_pages = [page for pages in sections.values() for page in pages]
shared.know(known_pages)
page = st.navigation(known_pages, position="hidden")
if not allowed:
    sign_in.door()
    st.stop()

report = known.report
with st.sidebar.container(gap="xxsmall"):
    for section, pages in sections.items():
        if section:
            st.space("xsmall")
            st.markdown(f"**{section}**")
        for each in pages:
            st.page_link(each, width="stretch")
    st.space("small")
with st.sidebar.container(gap="xsmall"):
    if report is not None:
        where = known.where
        st.caption(
            f":material/database: {plain(where)} · PostgreSQL {plain(report.server_version)}"
        )
        st.caption(f":material/person: role {plain(report.role)}")
    elif known.place:
        st.caption(f":material/database: {plain(known.place)}")
    if known.taken_at is None:
        st.caption(":material/schedule: nothing was read yet")
    else:
        when = plain(f"read {known.taken_at:%H:%M:%S} UTC")
        if shared.current():
            st.caption(f":material/schedule: {when}")
        else:
            st.markdown(f":violet-badge[:material/schedule: last {when}]")
    if known.demo:
        # Not as code: the browser fetches 1.5 MB to show any.
        own = "set **DATABASE\\_URL** to watch your own"
        st.caption(f":material/science: embedded demo: {own}")
    else:
        st.caption(":material/dns: your database")
with st.sidebar:
    sign_in.sidebar()

if known.demo:
    drill.demo_line(known, here=page.url_path == "fire_drill")
page.run()
