"""The command line's way to mend: python -m lib plan | apply."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from lib import mending, settings, verification
from lib.database import Database
from lib.errors import SettingInvalid, WatchtowerError
from lib.invocation import USAGE, urls
from lib.plan import Plan, as_sql, plan
from lib.results import Status
from lib.settings import Settings


def add(commands: Any, who: str) -> None:
    """Add both commands to the parser; `who` runs them."""
    planning = commands.add_parser("plan", help="print the SQL that would mend it; changes nothing")
    planning.add_argument("--migration", type=Path, metavar="FILE", help="write it there instead")
    planning.set_defaults(run=_plan)
    applying = commands.add_parser("apply", help="run that plan over WATCHTOWER_ADMIN_URL")
    applying.add_argument("--yes", action="store_true", help="without it, the plan is only shown")
    applying.set_defaults(run=_apply, who=who)


def _plan(options: argparse.Namespace) -> int:
    """Print what would mend it, or write it as a migration. 0, or 3 where nothing can be seen."""
    try:
        found = settings.load()
        watched, _ = urls(found)
        text = as_sql(
            _made(found, watched), made=datetime.now(UTC), migration=options.migration is not None
        )
        if options.migration is None:
            print(text, end="")
        else:
            options.migration.write_text(text, encoding="utf-8")
            print(f"Written to {options.migration}: read it, then commit it.")
    except WatchtowerError as error:
        print(f"unknown: {error}", file=sys.stderr)
        return Status.UNKNOWN.exit_code
    except OSError as error:
        print(f"{options.migration} cannot be written: {error.strerror}", file=sys.stderr)
        return USAGE
    return 0


def _apply(options: argparse.Namespace) -> int:
    """Show the plan, run it, verify. The exit code is that of `verify`."""
    try:
        found = settings.load()
        watched, owner = urls(found)
        if owner is None:
            raise SettingInvalid(
                "WATCHTOWER_ADMIN_URL is not set: it names the owner of the tables, who mends."
            )
        made = _made(found, watched)
        print(as_sql(made, made=datetime.now(UTC)), end="")
        if not options.yes:
            print("Nothing was changed. To run it: python -m lib apply --yes", file=sys.stderr)
            return USAGE
        mended = mending.apply(watched, owner, who=options.who, say=_say, canonical=found.canonical)
    except WatchtowerError as error:
        print(f"unknown: {error}", file=sys.stderr)
        return Status.UNKNOWN.exit_code
    _tell(mended)
    return mended.report.status.exit_code


def _tell(mended: mending.Mended) -> None:
    """What was done, what was not, what is left to a person, and how it stands now."""
    print(f"{len(mended.done)} done, {len(mended.failed)} could not be done.")
    for sentence in mended.failed:
        print(f"  not done: {sentence}")
    for action in mended.left.actions:
        print(f"  still so: {'; '.join(action.why)}")
    for decision in mended.left.decisions:
        print(f"  a person decides: {decision.why}. {decision.choices}")
    print(
        f"{mended.report.status.word}: verified at {mended.report.checked_at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _made(found: Settings, watched: URL) -> Plan:
    database = Database(watched)
    try:
        report = verification.within(
            lambda: verification.examine(
                database,
                window_days=found.window_days,
                freshness_hours=found.freshness_hours,
                canonical=found.canonical,
            )
        )
        return plan(report)
    finally:
        database.close()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
