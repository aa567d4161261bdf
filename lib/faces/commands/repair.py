"""The command line's way to repair: python -m lib plan | apply."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import URL

from lib import verification
from lib.checks.telling import in_brief
from lib.core.declaration import required
from lib.core.errors import DrillFailed, RepairStopped, SettingInvalid
from lib.core.words import plural, second
from lib.db.database import Database
from lib.db.sql import quoted
from lib.demo import demo, fire_drill
from lib.faces.commands.invocation import USAGE, say, urls
from lib.remedies.remedies import GUARDS_FILE
from lib.repairs import execution
from lib.repairs.owner import Stopped
from lib.repairs.plan import Action, Plan, as_sql, plan
from lib.settings import settings
from lib.settings.settings import Settings

INTERRUPTED = 130


class _WrongUsage(Exception):
    """Raise if the command asks for what the plan does not leave to anybody."""


def add(commands: Any, who: str) -> None:
    """Add both commands to the parser; `who` runs them."""
    planning = commands.add_parser(
        "plan", help="print the SQL that repairs what is wrong; changes nothing"
    )
    planning.add_argument(
        "--migration",
        type=Path,
        metavar="FILE",
        help="write the plan to this file, or into this folder",
    )
    _may_leave_behind(planning)
    planning.set_defaults(run=_plan)
    applying = commands.add_parser("apply", help="run that plan over WATCHTOWER_ADMIN_URL")
    applying.add_argument(
        "--yes", action="store_true", help="run the plan; without it the plan is only shown"
    )
    applying.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="FUNCTION",
        help="also replace this function's text, which the plan leaves to you",
    )
    applying.add_argument(
        "--as-it-was",
        action="append",
        default=[],
        metavar="DIGEST",
        help="also put back this text of the history, which the plan shows",
    )
    _may_leave_behind(applying)
    applying.set_defaults(run=_apply, who=who)


def _may_leave_behind(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--leave-behind",
        action="append",
        default=[],
        metavar="TABLE",
        help="go on although rows of this table repeat the key of rows that move",
    )


def _plan(options: argparse.Namespace) -> int:
    """Print what would repair it, or write it as a migration. 0, or 3 where nothing can be seen."""
    found = settings.load()
    watched, _ = urls(found)
    made = _made(found, watched)
    if options.migration is None:
        print(as_sql(made, made=datetime.now(UTC), leave_behind=options.leave_behind), end="")
        return 0
    return _write(made, options.migration, options.leave_behind)


def _write(made: Plan, path: Path, leave_behind: list[str]) -> int:
    """As a file for supabase/migrations, which it names itself in a folder; never over another."""
    if not made.actions:
        left = f" {plural(len(made.decisions), 'decision')} left to a person: see the plan."
        left *= bool(made.decisions)
        print(f"Nothing was written: there is nothing to run.{left}")
        return 0
    now = datetime.now(UTC)
    if os.path.isdir(path):  # of a name that is too long it says no
        path /= f"{now:%Y%m%d%H%M%S}_partition_watchtower.sql"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(as_sql(made, made=now, leave_behind=leave_behind))
    except OSError as error:
        print(f"{path} cannot be written: {error.strerror}", file=sys.stderr)
        return USAGE
    print(f"Written to {path}: read it, then commit it.")
    return 0


def _apply(options: argparse.Namespace) -> int:
    """Show the plan, run it, verify. 130 where it was stopped, else the exit code of `verify`."""
    try:
        found = settings.load()
        watched, owner = urls(found)
        if owner is None:
            raise SettingInvalid(
                "WATCHTOWER_ADMIN_URL is not set: it names the owner of the tables, who repairs."
            )
        made = _made(found, watched)
        decided = _decided(made, options.replace) | _read(made, options.as_it_was)
        made = plan(made.report, decided)
        now, aside = datetime.now(UTC), tuple(options.leave_behind)
        print(as_sql(made, made=now, leave_behind=aside), end="", flush=True)
        if not options.yes:
            print("Nothing was changed. To run it: python -m lib apply --yes", file=sys.stderr)
            return USAGE
        with _stoppable() as stopped:
            outcome = execution.apply(
                watched,
                owner,
                who=options.who,
                say=say,
                stopped=stopped,
                canonical=found.canonical,
                window_days=found.window_days,
                freshness_hours=found.freshness_hours,
                decided=decided,
                leave_behind=aside,
            )
    except _WrongUsage as error:
        print(error, file=sys.stderr)
        return USAGE
    except RepairStopped as error:
        print(error, file=sys.stderr)
        return INTERRUPTED
    _tell(outcome)
    _end_drill(found, outcome, options.who)
    return outcome.report.status.exit_code


def _decided(made: Plan, asked: list[str]) -> frozenset[str]:
    """Which functions are to be replaced? With or without schema and (). Raises: _WrongUsage."""
    names = [decision.replaces for decision in made.decisions if decision.replaces]
    names += [name for action in made.actions for name in _made_anew(action)]
    plain = {name.replace('"', ""): name for name in names}
    known = plain | {form.partition(".")[2]: name for form, name in plain.items()}
    wanted = [name.strip().replace('"', "").removesuffix("()") for name in asked]
    if wrong := [name for name in wanted if name not in known]:
        can = (
            f"What can be replaced: {', '.join(names)}."
            if names
            else "There is no function to replace."
        )
        raise _WrongUsage(f"The plan replaces no function {', '.join(wrong)}. {can}")
    return frozenset(known[name] for name in wanted)


def _read(made: Plan, asked: list[str]) -> frozenset[str]:
    """Which texts of the history has somebody read? Raises: _WrongUsage for one not in the plan."""
    shown = {decision.as_it_was for decision in made.decisions} - {""}
    if wrong := set(asked) - shown:
        there = f"It shows: {', '.join(sorted(shown))}." if shown else "It shows none."
        raise _WrongUsage(f"The plan shows no text {', '.join(sorted(wrong))}. {there}")
    return frozenset(asked)


def _made_anew(action: Action) -> list[str]:
    """Of which functions does it put another text there, without being asked?"""
    if action.file == GUARDS_FILE:
        return [f"{quoted(guard.schema)}.{quoted(guard.function)}" for guard in required()]
    return [action.remedy.replaces] if action.remedy.replaces else []


def _end_drill(found: Settings, outcome: execution.Outcome, who: str) -> None:
    """What was repaired by hand in the demo ends its drill, as `drill --repair` does."""
    running = demo.running() if found.demo else None
    with suppress(DrillFailed):
        on = fire_drill.burning(running) if running else None
        if running and on and fire_drill.settle(running, on, outcome.report, who):
            print(f"The drill is over: {on.title}.")


@contextmanager
def _stoppable() -> Iterator[Stopped]:
    """Has somebody asked to stop, by Ctrl-C or a signal? The second time ends it at once."""
    asked: list[int] = []

    def ask(signum: int, _: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(signum)
        say("Stopping after the transaction under way. Press Ctrl-C again to stop at once.")

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _tell(outcome: execution.Outcome) -> None:
    """What was done, what was not, what is left to a person, and how it stands now."""
    if outcome.done or outcome.failed or outcome.left.actions:
        print(f"{outcome.words}.")
    else:
        print("Nothing was changed: there is nothing to run.")
    for sentence in outcome.failed:
        print(f"  not done: {sentence}")
    for action in outcome.left.actions:
        print(f"  still so: {'; '.join(action.why)}")
    for decision in outcome.left.decisions:
        print(f"  a person decides: {decision.told}")
    report = outcome.report
    left = "".join(f": {words}" for words in [in_brief(report)] if words)
    print(f"{report.status.word}: verified at {second(report.checked_at)}{left}")


def _made(found: Settings, watched: URL) -> Plan:
    with closing(Database(watched)) as database:
        report = verification.within(
            lambda: verification.examine(
                database,
                window_days=found.window_days,
                freshness_hours=found.freshness_hours,
                canonical=found.canonical,
            )
        )
    return plan(report)
