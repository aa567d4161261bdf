"""Who runs this command, and on which database?"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import URL

from lib.core.errors import SettingInvalid
from lib.db.database import Database
from lib.demo import demo
from lib.settings.settings import Settings, parse_url

USAGE = 64
FACE = "command line"


def say(words: str) -> None:
    """What is done, beside the answer."""
    print(words, file=sys.stderr, flush=True)


def progress(sentence: str, share: float) -> None:
    """How far a demo is that comes up."""
    say(f"{share:4.0%}  {sentence}")


@contextmanager
def database(found: Settings) -> Iterator[Database]:
    """The database that is named; else the demo, said aloud, and never in CI."""
    url = found.database_url
    if url is None:
        if os.environ.get("CI"):
            raise SettingInvalid("No database is named, and a demo proves nothing in CI.")
        print("No database is named (DATABASE_URL): this is the embedded demo.", file=sys.stderr)
        running = demo.running()
        if running is not None:
            demo.top_up(running)  # nobody may have been there for days
        url = parse_url("the demo's address", (running or demo.start(progress)).role_url)
    with closing(Database(url, demo=found.demo)) as named:
        yield named


def user() -> str:
    """Who runs the command, as this machine knows them?"""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown user"


def urls(found: Settings) -> tuple[URL, URL | None]:
    """How the watchtower looks, and how the owner repairs: the demo's own where none is named."""
    if found.database_url is not None:
        return found.database_url, found.admin_url
    print("No database is named (DATABASE_URL): this is the embedded demo.", file=sys.stderr)
    running = demo.running() or demo.start(progress)
    return (
        parse_url("the demo's address", running.role_url),
        parse_url("the demo's address", running.owner_url),
    )
