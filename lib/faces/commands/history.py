"""The history on the command line: python -m lib note | prune."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from lib.core.errors import SettingInvalid, WatchtowerError
from lib.core.words import moment, plural, rows_word
from lib.db.database import Database
from lib.faces.commands import arguments
from lib.faces.commands.invocation import FACE, database, say, urls, user
from lib.history import notes, prune
from lib.history import rows as history_rows
from lib.history.history import History
from lib.history.prune import Old
from lib.settings import settings

KEEP_DAYS = 730


def add(commands: Any) -> None:
    noting = commands.add_parser("note", help="add a note to an incident of the history")
    noting.add_argument("text", type=arguments.words, metavar="TEXT", help="the text of the note")
    noting.add_argument(
        "--incident",
        type=arguments.moment,
        metavar="RFC3339",
        help="the incident at this moment; else the last one",
    )
    noting.add_argument(
        "--by", type=arguments.words, metavar="NAME", help="who writes it; else you"
    )
    noting.set_defaults(run=_note, refused=1)
    words = "show which rows of the history are older than DAYS; remove them with --yes"
    pruning = commands.add_parser("prune", help=words)
    pruning.add_argument(
        "--keep",
        type=partial(arguments.days, least=90, most=36_500),  # 90 are what the pages show
        default=KEEP_DAYS,
        metavar="DAYS",
        help="90 or more; else 730",
    )
    pruning.add_argument(
        "--yes", action="store_true", help="remove the rows; without it they are only counted"
    )
    pruning.set_defaults(run=_prune)


def _note(options: argparse.Namespace) -> int:
    """Keep one note about an incident, and say which it was. 0, or 1 where it was not kept."""
    text = notes.checked(options.text)
    with database(settings.load()) as connection:
        known = history_rows.read(connection, History(), datetime.now(UTC))
        if known.trouble:
            raise WatchtowerError(known.trouble)
        incident = notes.incident_at(known, options.incident)
        notes.keep(connection, incident.began, text, by=options.by or user(), face=FACE)
    print(
        f"Noted on the incident of {moment(incident.began)}: {', '.join(sorted(incident.checks))}"
    )
    return 0


def _prune(options: argparse.Namespace) -> int:
    """Say what is older than that, and remove it with --yes. 0, or 3 where that cannot be done."""
    watched, owner = urls(settings.load())
    if owner is None and options.yes:
        raise SettingInvalid(
            "WATCHTOWER_ADMIN_URL is not set: it names the owner of the history, who alone "
            "may remove rows."
        )
    with closing(Database(watched)) as looking, closing(Database(owner or watched)) as doing:
        if not prune.same(looking, doing):
            raise SettingInvalid(
                "WATCHTOWER_ADMIN_URL and DATABASE_URL lead to two different databases."
            )
        old = prune.old(doing, timedelta(days=options.keep), datetime.now(UTC))
        _tell(old, options.keep, doing=options.yes)
        if options.yes:
            gone = prune.remove(doing, old, by=user(), say=say)
            print(f"{rows_word(gone)} removed.")
    return 0


def _tell(old: Old, days: int, *, doing: bool) -> None:
    """What would go, by name, and what stays although it is older."""
    print(f"Older than {plural(days, 'day')}, before {moment(old.cut)}:")
    if old.open_since is not None:
        print("  Something has been wrong since then, so everything newer is kept.")
    width = max((len(name) for name in old.names), default=0)
    for name, (count, rows) in old.names.items():
        print(f"  {name:<{width}}  {count:,} of {rows:,}")
    if old.kept:
        print(
            f"  Kept although older: {len(old.kept)}, the newest row of each name and the "
            "acceptances that count."
        )
    if old.by_policy:
        print("  Only the rows that this role sees are counted: policies decide which.")
    if not doing:
        again = "" if days == KEEP_DAYS else f" --keep {days}"
        print(f"Nothing was removed. To remove them: python -m lib prune{again} --yes")
