"""What sets this database up, and what of it is there? python -m lib setup."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from itertools import groupby
from typing import Any

from lib.core.declaration import declared
from lib.faces.commands.invocation import database
from lib.settings import settings
from lib.setup.script import of_the_files, script
from lib.setup.standing import Object, Situation, Standing, State, standing

LEFT = 1  # something of the setup is still to be done


def add(commands: Any) -> None:
    setup = commands.add_parser(
        "setup", help="print the SQL that sets up the declared guards; changes nothing"
    )
    choice = setup.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="say what of it is there instead")
    choice.add_argument(
        "--diff", action="store_true", help="print how what is there differs from ours instead"
    )
    setup.add_argument("--json", action="store_true", help="with --check: as JSON")
    setup.set_defaults(run=_setup)


def _setup(options: argparse.Namespace) -> int:
    """The SQL, or what of it is there. 0; 1 where something is left to do; 3 it could not look."""
    found = settings.load()
    guards = declared()
    asks = options.check or options.diff or options.json
    with nullcontext() if of_the_files(guards) and not asks else database(found) as connection:
        if not asks:
            print("".join(part.sql for part in script(guards, connection)), end="")
            return 0
        assert connection is not None
        known = standing(connection, guards)
    if options.diff:
        for each in known.objects:
            if each.difference:
                print(each.difference)
    elif options.json:
        print(json.dumps(_body(known), indent=2))
    else:
        print(as_text(known))
    return 0 if known.complete else LEFT


def as_text(known: Standing) -> str:
    """The situation, the objects by group, and what an administrator must run first."""
    lines = [f"{known.situation.value}: {known.database}, as {known.role}", known.words]
    for group, objects in groupby(known.objects, key=lambda each: each.group):
        lines += ["", group]
        for each in objects:
            more = f": {each.words}" if each.words else ""
            lines.append(f"  {_mark(each)} {each.state.value:<10} {each.name}{more}")
    if known.commands:
        lines += ["", "An administrator runs first:"]
        for why, sql in known.commands:
            lines += [f"  -- {why}", f"  {sql}"]
    if not known.complete and known.situation is not Situation.WRONG_DATABASE:
        lines += ["", "python -m lib setup prints the SQL, to read and to run as the owner."]
    return "\n".join(lines)


def _mark(each: Object) -> str:
    """To be done, done, or there as somebody wants it."""
    return "-" if each.left else "·" if each.state is State.MISSING else "✓"


def _body(known: Standing) -> dict[str, Any]:
    return {
        "complete": known.complete,
        "situation": known.situation.value,
        "database": known.database,
        "role": known.role,
        "words": known.words,
        "objects": [
            {
                "group": each.group,
                "name": each.name,
                "state": each.state.value,
                "words": each.words,
                "left": each.left,
            }
            for each in known.objects
        ],
        "commands": [{"why": why, "sql": sql} for why, sql in known.commands],
    }
