"""What sets this database up? python -m lib setup."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

from lib.core.declaration import declared
from lib.faces.commands.invocation import database
from lib.settings import settings
from lib.setup.script import of_the_files, script


def add(commands: Any) -> None:
    setup = commands.add_parser(
        "setup", help="print the SQL that sets up the declared guards; changes nothing"
    )
    setup.set_defaults(run=_setup)


def _setup(_: argparse.Namespace) -> int:
    """The SQL, in order. 0, or 3 where it cannot be made."""
    found = settings.load()
    guards = declared()
    with nullcontext() if of_the_files(guards) else database(found) as connection:
        parts = script(guards, connection)
    print("".join(part.sql for part in parts), end="")
    return 0
