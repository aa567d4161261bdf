"""What does this database still need before it can be watched?"""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from lib import runbook
from lib.checks import guard_functions
from lib.reports.markdown import plain
from lib.setup.standing import Object, Situation, Standing, State
from lib.watch.readers import SetUp
from lib.watch.snapshot import Snapshot
from pages.parts import shared

PAGE, ICON = "set_up.py", ":material/construction:"
_MARKS = {
    True: ":gray[:material/radio_button_unchecked:]",
    False: ":green[:material/check_circle:]",
}


def due(known: Snapshot) -> bool:
    """Is nothing of it set up, as far as is known?

    Where it was ever verified, functions that are gone are a fault, and no first hour.
    """
    if known.report is None:
        return False
    if runbook.elsewhere(known.report):
        return True
    codes = {finding.code for finding in guard_functions.CHECK.of(known.report).findings}
    return codes == {"function_missing"} and not known.history.verifications()


def opening() -> None:
    """In the place of what is red on Status: it says where to go."""
    st.title(f":blue[{ICON}] This database is not set up yet", anchor=False)
    st.markdown("Nothing guards the declared tables, so there is nothing to look at yet.")
    if st.button("Set it up", type="primary", icon=ICON):
        st.switch_page(PAGE)


def verdict(known: Standing) -> None:
    """Which database and role this is, and what the situation is."""
    word = plain(known.situation.value)
    colour, icon = ("green", "check_circle") if known.complete else ("blue", "construction")
    st.subheader(f":{colour}[:material/{icon}:] {word[:1].upper()}{word[1:]}", anchor=False)
    st.markdown(plain(known.words))


def objects(known: Standing) -> None:
    """Each thing of the setup, by group: what is there, and what is still to be made."""
    for group, found in groupby(known.objects, key=lambda each: each.group):
        own = list(found)
        done = sum(not each.left for each in own)
        st.markdown(f"**{group}** · {done} of {len(own)} done")
        st.markdown("  \n".join(map(_line, own)))


def _line(each: Object) -> str:
    mark = _MARKS[each.left]
    if each.state is State.MISSING and not each.left:
        mark = ":gray[:material/remove:]"
    words = f": {plain(each.words)}" if each.words else ""
    return f"{mark} {plain(each.name)} · {each.state.value}{words}"


def to_run(held: SetUp) -> None:
    """What an administrator runs first, and then the SQL in order."""
    known = held.standing
    if known is None or known.situation is Situation.WRONG_DATABASE:
        return
    if known.commands:
        st.header("An administrator runs first")
        for why, sql in known.commands:
            st.caption(plain(why))
            st.code(sql, language="sql", wrap_lines=True)
    if not held.parts:
        return
    st.header("The SQL, in order")
    st.caption(
        "Read it, then run it as the owner of the tables. Each part may run again; none "
        "replaces a guard of your own. A guard that you have written is adopted first: "
        "`python -m lib adopt DIR`."
    )
    whole = "".join(part.sql for part in held.parts)
    shared.download("Download it all", whole, "setup.sql", ":material/download:", "setup")
    for part in held.parts:
        with st.expander(plain(part.title), icon=":material/code:"):
            st.code(part.sql, language="sql")
