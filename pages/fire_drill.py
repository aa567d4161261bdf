"""Fire drill: break the embedded demo on purpose, watch the pages turn, repair it."""

from functools import partial

import streamlit as st

from lib.core.words import sentence
from lib.demo import drills
from lib.demo.fire_drill import NOT_THE_DEMO
from lib.watch import watch
from pages.parts import drill, shared, sign_in

ANOTHER = "another"
known = shared.snapshot()
fire = drill.fire(known)


def begin(name: str, who: str) -> None:
    """Break it with this drill, in the name of whoever may."""
    drill.attempt(lambda: drill.fire_drill().begin(name, who))


def repair(who: str) -> None:
    """Repair it, or join whoever does, in the name of whoever may."""
    drill.attempt(lambda: drill.fire_drill().repair(who, watch.WATCH.settings.canonical))


st.title("Fire drill")
if not known.demo:
    st.markdown(f":material/block: **{NOT_THE_DEMO}**")
    st.stop()
st.caption("Can you see what breaks, and repair it, before it is real? On the embedded demo alone.")
shared.beat()
if known.report is not None and not shared.current():
    shared.unknown(known)
drill.trouble()

if fire.on is not None:
    told, remedy = st.columns([7, 5], gap="medium")
    with told:
        drill.on_fire(fire.on)
    with remedy, st.container(border=True, gap="small"):
        st.markdown("## Repair it")
        if fire.repairing:
            drill.follow()
        else:
            st.markdown(
                "By hand, with the SQL that Status gives, as you would at night. Or with this "
                "button: it makes the plan, runs it and verifies."
            )
            sign_in.ask("Repair it", repair, key="repair", icon=":material/build:", border=False)
if not fire.repairing:
    drill.follow()
if fire.over is not None:
    drill.ended(fire.over)

if fire.on is None and not fire.repairing:
    if fire.over is not None:
        st.header("The next drill")
    listed, shown = st.columns([7, 5], gap="medium")
    offered = {each.name: each for each in drills.offered()}
    rest = [name for name in offered if name not in drills.FIRST]
    with listed:
        name = st.radio(
            "**Choose what breaks**",
            [*drills.FIRST, ANOTHER],
            format_func=lambda name: (
                f"One of {len(rest)} others" if name == ANOTHER else sentence(offered[name].title)
            ),
            captions=[*(sentence(offered[name].data) for name in drills.FIRST), ""],
            key="drill",
        )
        if name == ANOTHER:
            name = st.selectbox(
                "Which one",
                rest,
                format_func=lambda name: sentence(offered[name].title),
                key="another drill",
            )
    with shown, st.container(border=True, gap="small"):
        drill.briefing(offered[name])
        drill.statements(offered[name])
        sign_in.ask("Break it", partial(begin, name), key="break", icon=drill.FIRE, border=False)
