"""The fire drill, where pages speak of it: that one is on, what the watch sees, its repair."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lib.checks import telling
from lib.core.errors import DrillFailed, WatchtowerError
from lib.core.results import Report, Status
from lib.core.words import ago, clock, duration, sentence, who
from lib.demo.drills import Drill
from lib.demo.fire_drill import NOT_THE_DEMO, Burning, Fire, FireDrill, Over
from lib.demo.source import EmbeddedDemo
from lib.reports.markdown import plain
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from pages.parts import findings, shared
from pages.parts.words import badge

PAGE = "fire_drill.py"
FIRE = ":material/local_fire_department:"
FOLLOWING = 0.4  # seconds between two looks while something is under way
_REFUSED = "drill refused"


def fire(known: Snapshot) -> Fire:
    """Which fire drill is on, as far as this snapshot knows?"""
    return known.source if isinstance(known.source, Fire) else Fire()


def fire_drill() -> FireDrill:
    """What breaks the demo and repairs it. Raises: DrillFailed, with another database."""
    source = watch.WATCH.source
    if not isinstance(source, EmbeddedDemo):
        raise DrillFailed(NOT_THE_DEMO)
    return source.fire_drill


def demo_line(known: Snapshot, *, here: bool) -> None:
    """That this is the demo, in one line above what the page says; the way to its fire drill.

    Which one is on is not said: the banner says what is broken, and training needs no prompter.
    """
    on = fire(known).on
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if on is None:
            words = "Demo] Sample data, sample history"
            st.markdown(f":gray-badge[:material/science: {words}", width="content")
        else:
            words = "Fire drill] The demo is broken on purpose"
            st.markdown(f":gray-badge[{FIRE} {words}", width="content")
        if not here and on is None:
            st.page_link(PAGE, label="Fire drill: break it", icon=FIRE)
        elif not here:
            st.page_link(PAGE, label="End the drill", icon=FIRE)


def attempt(call: Callable[[], object]) -> None:
    """Begin or repair; what stands in the way is said on the page."""
    try:
        call()
    except WatchtowerError as error:
        st.session_state[_REFUSED] = str(error)


def trouble() -> None:
    """What stood in the way of this viewer's last attempt, or of the last repair?"""
    why = st.session_state.pop(_REFUSED, None) or fire(shared.snapshot()).failed
    if why:
        st.error(plain(why), icon=":material/block:")


def briefing(drill: Drill) -> None:
    """What breaks, what that does to the data, what must turn, and the SQL."""
    st.markdown(f"## {plain(sentence(drill.title))}")
    st.markdown(f"**What it does to the data:** {plain(drill.data)}.")
    turns = ", ".join(
        f"{plain(check)} {badge(Status[status.upper()])}" for check, status in drill.checks.items()
    )
    remark = f": {plain(drill.remark)}" if drill.remark else ""
    st.markdown(f"**Which checks must turn:** {turns}{remark}")


def statements(drill: Drill) -> None:
    """The SQL that breaks it, behind a fold."""
    with st.expander("The SQL that breaks it", icon=":material/code:"):
        st.code("\n\n".join(drill.breaks), language=None, wrap_lines=True)


def on_fire(on: Burning) -> None:
    """Which drill is on, since when, and what the watch sees of it right now."""
    known, at = shared.snapshot(), shared.now()
    since = f"{clock(on.at, at)} ({duration(at - on.at)})"
    with st.container(border=True, gap="small"):
        st.markdown(f"## {FIRE} {plain(sentence(on.title))}")
        st.caption(f"Since {since}, begun by {plain(who(on.by, ''))}.")
        if on.drill is not None:
            st.markdown(f"**What it does to the data:** {plain(on.drill.data)}.")
        if known.report is None or not seen(on, known.report):
            st.markdown(":gray[:material/pending:] :shimmer[The watch reads the demo now]")
        else:
            _sights(on, known.report)
        _links(on)
        if on.drill is not None:
            statements(on.drill)


def seen(on: Burning, report: Report) -> bool:
    """Has the watch looked since it was begun?"""
    return report.checked_at > on.at


def _sights(on: Burning, report: Report) -> None:
    """Each check that must turn, and whether it has."""
    faults = findings.faults(report)
    words = telling.title(faults[0].finding) if faults else telling.verdict(report, badge=True)
    more = f" ({len(faults) - 1} more on Status)" if faults[1:] else ""
    st.markdown(
        f"**What the watch sees**, {ago(shared.now() - report.checked_at)}: "
        f"{badge(report.status, current=shared.current())} {plain(words)}{more}"
    )
    for check, turned in (on.drill.turned(report) if on.drill else {}).items():
        found = report[check]
        words = plain(findings.told(found))
        if not turned and on.drill:
            words = f"not {on.drill.checks[check]} yet"
        st.markdown(f"{badge(found.status, current=shared.current())} **{plain(check)}** {words}")
    if not turned_all(on, report):
        st.markdown(
            "A reading cannot tell: only a verification tries the guards and calls both RPCs."
        )


def turned_all(on: Burning, report: Report) -> bool:
    """Does each check say what the drill's file demands?"""
    return on.drill is None or all(on.drill.turned(report).values())


def _links(on: Burning) -> None:
    """Where to look: Status, the pages of the checks that turn, the runbook."""
    homes = [
        home for check in (on.drill.checks if on.drill else ()) for home in findings.homes(check)
    ]
    report = shared.snapshot().report
    with st.container(horizontal=True, gap="small"):
        if report is not None and seen(on, report) and not turned_all(on, report):
            st.page_link("verify.py", label="Verify", icon=":material/verified_user:")
        st.page_link("status.py", label="Status", icon=":material/monitor_heart:")
        for home in dict.fromkeys(homes):
            group = findings.GROUPS[home]
            st.page_link(group.page, label=home, icon=group.icon)
        st.page_link("runbook.py", label="Runbook", icon=":material/menu_book:")


def follow() -> None:
    """Redraws as soon as there is more to say: the watch has looked, or the repair has ended."""
    known = shared.snapshot()
    on = fire(known).on
    looking = on is not None and (known.report is None or not seen(on, known.report))
    if fire(known).repairing or looking:
        st.fragment(_follow, run_every=FOLLOWING)()


def _follow() -> None:
    shown, newest = shared.snapshot(), watch.WATCH.snapshot
    if fire(newest).repairing != fire(shown).repairing or newest.report is not shown.report:
        st.rerun()
    if fire(newest).repairing:
        st.markdown(":gray[:material/pending:] :shimmer[The repair is under way, for everybody]")
        said = fire(newest).said or ("Making the plan",)
        st.markdown("  \n".join(plain(line) for line in said))


def ended(over: Over) -> None:
    """What the repair did, what is left, and what the verification after it says."""
    report, at = over.outcome.report, shared.now()
    with st.container(border=True, gap="small"):
        done = "Repaired and verified" if over.healed else "Not repaired yet"
        st.markdown(f"## {badge(report.status)} {done}")
        what = f"The drill was: {over.burning.title}." if over.burning else "No drill was on."
        st.caption(
            f"{plain(what)} It took {over.seconds:.1f} s, until {clock(report.checked_at, at)}, "
            f"for {plain(who(report.who, ''))}."
        )
        steps = [f":material/check: {plain(step)}" for step in over.outcome.done]
        steps += [f":material/close: {plain(why)}" for why in over.outcome.failed]
        st.markdown("  \n".join(steps) or "There was nothing left to repair.")
        if report.status is not Status.OK:
            st.markdown(plain(telling.verdict(report)))
        st.page_link("status.py", label="Status", icon=":material/monitor_heart:")
