"""Fire drills on the command line, in the embedded demo alone: python -m lib drill."""

from __future__ import annotations

import argparse
import difflib
import sys
from itertools import groupby
from typing import Any

from lib.checks.telling import in_brief
from lib.core.errors import WatchtowerError
from lib.core.results import Status
from lib.core.words import sentence
from lib.demo import demo, drills, fire_drill
from lib.demo.demo import Demo
from lib.demo.drills import FIRST, Drill
from lib.demo.fire_drill import Burning, Over
from lib.faces.commands.invocation import USAGE, progress, say
from lib.settings import settings

REFUSAL = (
    "A drill breaks the embedded demo alone, and a database is named here, by DATABASE_URL, "
    "WATCHTOWER_ADMIN_URL or .streamlit/secrets.toml. Nothing was done."
)


def add(commands: Any, who: str) -> None:
    """Add the command to the parser; `who` begins and repairs."""
    words = "list the drills, break the embedded demo with one, or repair it"
    drilling = commands.add_parser("drill", help=words)
    wanted = drilling.add_mutually_exclusive_group()
    wanted.add_argument("name", nargs="?", metavar="NAME", help="break the demo with this one")
    wanted.add_argument(
        "--repair", "--mend", action="store_true", help="repair the demo, by the plan"
    )
    drilling.set_defaults(run=_drill, who=who)


def _drill(options: argparse.Namespace) -> int:
    """List, break or repair. 64 where a database is named, or there is no such drill."""
    try:
        found = settings.load(database=False)
        if found.database_url is not None or found.admin_url is not None:
            print(REFUSAL, file=sys.stderr)
            return USAGE
        found = settings.load()
        if options.repair:
            over = fire_drill.repair(_demo(), options.who, say, found.canonical)
            print(_ended(over))
            return over.outcome.report.status.exit_code
        if options.name is None:
            print(_list(demo.running()))
            return 0
        if why := _unfit(options.name):
            print(why, file=sys.stderr)
            return USAGE
        print(_begun(fire_drill.begin(_demo(), options.name, options.who)))
    except WatchtowerError as error:
        print(f"unknown: {error}" if options.repair else error, file=sys.stderr)
        return Status.UNKNOWN.exit_code if options.repair else 1
    return 0


def _demo() -> Demo:
    """The one that runs; else it is started, and stays up when this command ends."""
    return demo.running() or demo.start(progress, keep=True)


def _unfit(name: str) -> str:
    """Why can the demo not be broken with this one? Empty where it can."""
    known = drills.by_name().get(name)
    if known is not None:
        return f"The demo cannot have {name}: {known.unfit}." if known.unfit else ""
    near = difflib.get_close_matches(name, [drill.name for drill in drills.offered()])
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no drill {name}.{hint} The list: python -m lib drill"


def _list(running: Demo | None) -> str:
    """Every drill: those to begin with, then by the check that must say it."""
    width = max(len(drill.name) for drill in drills.offered())
    lines = []
    for head, some in groupby(drills.offered(), _heading):
        lines += [f"{head}:", *(f"  {one.name:<{width}}  {sentence(one.title)}" for one in some)]
    lines += ["", "Break the demo with one:  python -m lib drill NAME"]
    on = fire_drill.burning(running) if running else None
    return "\n".join([*lines, *([_still(on)] if on else [])])


def _heading(drill: Drill) -> str:
    return "To begin with" if drill.name in FIRST else drill.sees[0].check


def _begun(on: Burning) -> str:
    """What is broken now, what that does to the data, and where to look."""
    drill = on.drill
    assert drill is not None
    turns = ", ".join(f"{check} ({status})" for check, status in drill.checks.items())
    return "\n".join(
        (
            f"The demo is broken: {drill.title}.",
            f"What it does to the data: {drill.data}.",
            f"Which checks must turn: {turns}{f': {drill.remark}' if drill.remark else ''}.",
            "",
            "See it on the demo's Status page within a minute, or with:",
            "  python -m lib verify",
            "Repair it by hand with the SQL of the plan, or let the drill repair it:",
            "  python -m lib plan",
            "  python -m lib drill --repair",
        )
    )


def _ended(over: Over) -> str:
    """What was on, what was done, and how the demo stands now."""
    done, report = over.outcome, over.outcome.report
    lines = [f"The drill was: {over.burning.title}." if over.burning else "No drill was on."]
    own = over.healed and over.decided
    without = "done: the drill's own way back" if own else "There was nothing to repair."
    lines += [f"  done: {what}" for what in done.done] or [f"  {without}"]
    lines += [f"  not done: {what}" for what in done.failed]
    lines += [f"  a person decides: {one.told}" for one in done.left.decisions]
    if not over.healed and over.burning:
        lines.append(_still(over.burning))
    left = "".join(f": {words}" for words in [in_brief(report)] if words)
    lines.append(f"{report.status.word}: verified, {over.seconds:.1f} s after it began{left}")
    return "\n".join(lines)


def _still(on: Burning) -> str:
    return (
        f"A drill is on since {on.at:%Y-%m-%d %H:%M} UTC, by {on.by}: {on.title}. "
        "Repair it: python -m lib drill --repair"
    )
