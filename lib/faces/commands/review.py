"""The weekly review on the command line: python -m lib review."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lib.core.weeks import Week, usual, week_of
from lib.db.database import Database
from lib.faces.commands import arguments
from lib.faces.commands.invocation import USAGE, database
from lib.reports.review import FORMATS, Review, WeekRows, read, review, to_markdown
from lib.settings import settings
from lib.watch import schedule


def add(commands: Any) -> None:
    words = "print how the week went: availability, incidents, figures, what is open"
    reviewing = commands.add_parser("review", help=words)
    reviewing.add_argument(
        "--week",
        type=arguments.week,
        metavar="2026-W47",
        help="an ISO week, in UTC; else the last full week",
    )
    for name in FORMATS:
        reviewing.add_argument(
            f"--{name}", type=Path, metavar="FILE", help=f"write it as {name} to this file"
        )
    reviewing.set_defaults(run=_review)


def _review(options: argparse.Namespace) -> int:
    """Print the review as Markdown, or write it to files. 0; 3 where nothing can be read."""
    now = datetime.now(UTC)
    if options.week is not None and options.week > week_of(now):
        print(f"The week {options.week} has not begun.", file=sys.stderr)
        return USAGE
    found = settings.load()
    with database(found) as connection:
        rows = _rows(connection, options.week, now)
    own = found.schedule
    period = schedule.USUAL if own is None else schedule.period(own, now)
    made = review(rows, now, schedule.holds(period))
    paths = {name: path for name in FORMATS if (path := getattr(options, name)) is not None}
    if not paths:
        print(to_markdown(made), end="")
        return 0
    return _written(made, paths)


def _rows(connection: Database, wanted: Week | None, now: datetime) -> WeekRows:
    """Those of this week; of the usual one, where none is named, which is then said."""
    if wanted is not None:
        return read(connection, wanted, now)
    last = read(connection, usual(now, None).later(-1), now)
    oldest = min((run.at for run in last.history.runs), default=None)
    week = usual(now, oldest)
    what = (
        "the current week, because no run is older"
        if week == week_of(now)
        else "the last full week"
    )
    print(f"No week is named: this is {week}, {what}.", file=sys.stderr)
    return last if last.week == week else read(connection, week, now)


def _written(made: Review, paths: dict[str, Path]) -> int:
    for name, path in paths.items():
        try:
            path.write_text(FORMATS[name](made), encoding="utf-8", newline="")
        except OSError as error:
            print(f"{path} cannot be written: {error.strerror}", file=sys.stderr)
            return USAGE
        print(f"Written to {path}")
    return 0
