"""The command line's way to adopt a text: python -m lib adopt."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lib import verification
from lib.core.declaration import declared
from lib.core.errors import AdoptionFailed
from lib.faces.commands import arguments
from lib.faces.commands.invocation import database
from lib.history import adoption
from lib.history.unproven import doubts
from lib.settings import settings


def add(commands: Any) -> None:
    """Add the command to the parser."""
    adopting = commands.add_parser(
        "adopt", help="write what the guarded tables' triggers run to files, for review"
    )
    adopting.add_argument("folder", type=Path, metavar="DIR", help="the folder for the files")
    adopting.add_argument(
        "--function",
        action="append",
        default=[],
        metavar="SCHEMA.NAME",
        help="this function and what it calls, in place of all; may be given again",
    )
    adopting.add_argument(
        "--proven",
        action="store_true",
        help="the text of the history with which it was last proven right, not the live one",
    )
    adopting.add_argument(
        "--unproven", action="store_true", help="also a text that could not be proven right"
    )
    adopting.add_argument(
        "--by", type=arguments.words, metavar="NAME", help="who has read such a text"
    )
    adopting.set_defaults(run=lambda options: _adopt(adopting, options), refused=1)


def _adopt(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Write the definitions to files, a line for each. 1 where one of them is not to be adopted."""
    if options.unproven != bool(options.by):
        parser.error("--unproven and --by NAME go together")
    if options.proven and options.unproven:
        parser.error("--proven writes what was proven right, so --unproven says nothing of it")
    found = settings.load()
    try:
        with database(found) as connection:
            report = verification.within(
                lambda: verification.examine(
                    connection,
                    window_days=found.window_days,
                    freshness_hours=found.freshness_hours,
                )
            )
            against = doubts(report, declared())
            if options.proven:
                paths = adoption.adopt_proven(connection, options.folder, options.function, against)
            else:
                paths = adoption.adopt(
                    connection, options.folder, options.function, against, by=options.by or ""
                )
    except AdoptionFailed as error:  # that it is wrong, say, is known
        print(error, file=sys.stderr)
        return 1
    for path in paths:
        print(path)
    if options.proven:
        print("These texts are the history's: whoever may add rows to it may have written them.")
    print(f"Review and commit them, then set WATCHTOWER_CANONICAL={options.folder}")
    print("That settles what is unknown of a text; what it certainly does stays a finding.")
    return 0
