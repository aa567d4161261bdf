"""The command line's first look at a database: python -m lib discover."""

from __future__ import annotations

import argparse
import os
from typing import Any

from lib.core.declaration import SHIPPED
from lib.faces.commands.invocation import database, say
from lib.settings import settings
from lib.setup.discover.discovery import discover
from lib.setup.discover.toml import as_toml, summary


def add(commands: Any) -> None:
    """Add the command to the parser."""
    discovering = commands.add_parser(
        "discover", help="print a declaration of what is there to guard; tries and changes nothing"
    )
    discovering.set_defaults(run=_discover)


def _discover(_: argparse.Namespace) -> int:
    """Print the declaration. 0, also where nothing was found; 3 where nothing can be seen."""
    # The file that WATCHTOWER_GUARDS names may be the very one that this is being written to.
    found = settings.load({**os.environ, "WATCHTOWER_GUARDS": str(SHIPPED)})
    with database(found) as connection:
        seen = discover(connection)
    print(as_toml(seen), end="")
    say(summary(seen))
    return 0
