"""What will stay as it is, on the command line: python -m lib accept."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from lib.core.errors import AcceptanceRefused
from lib.core.statements import readable
from lib.core.words import plural
from lib.faces.commands import arguments
from lib.faces.commands.invocation import database
from lib.history import acceptance
from lib.settings import settings


def add(commands: Any) -> None:
    accepting = commands.add_parser(
        "accept",
        help="accept what will stay: older wrong rows, or a policy that shows or writes everything",
    )
    checks = (*acceptance.ACCEPTABLE, acceptance.POLICIES.name)
    accepting.add_argument(
        "check", choices=checks, metavar="CHECK", help=f"one of {', '.join(checks)}"
    )
    accepting.add_argument(
        "--count",
        type=arguments.count,
        metavar="N",
        help="how many older rows; 0 takes the acceptance back",
    )
    accepting.add_argument(
        "--policy", type=arguments.words, metavar="NAME", help="the name of the policy"
    )
    accepting.add_argument(
        "--on",
        type=arguments.words,
        metavar="RELATION",
        help="the table or partition of the policy",
    )
    accepting.add_argument(
        "--reason", type=arguments.words, required=True, metavar="TEXT", help="why it may stay"
    )
    accepting.add_argument(
        "--by", type=arguments.words, required=True, metavar="NAME", help="who accepts it"
    )
    accepting.set_defaults(run=lambda options: _accept(accepting, options), refused=1)


def _accept(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Keep one history row that accepts it, or takes that back."""
    policy = options.check == acceptance.POLICIES.name
    if policy and not (options.policy and options.on and options.count in (None, 0)):
        parser.error(
            f"{options.check} takes --policy and --on; --count 0 takes the acceptance back"
        )
    if not policy and (options.count is None or options.policy or options.on):
        parser.error(f"{options.check} takes --count, and neither --policy nor --on")
    try:
        print(_accept_policy(options) if policy else _accept_rows(options))
    except AcceptanceRefused as error:  # a name that is none, say: that is known
        print(error, file=sys.stderr)
        return 1
    return 0


def _accept_rows(options: argparse.Namespace) -> str:
    with database(settings.load()) as connection:
        acceptance.accept(
            connection, options.check, count=options.count, reason=options.reason, by=options.by
        )
    return (
        f"Accepted: up to {plural(options.count, 'older row')} of {options.check}. One more alarms."
    )


def _accept_policy(options: argparse.Namespace) -> str:
    said = {"reason": options.reason, "by": options.by}
    with database(settings.load()) as connection:
        if options.count == 0:
            acceptance.take_back_policy(connection, options.on, options.policy, **said)
            return f"The policy {options.policy} of {options.on} is no longer accepted."
        found = acceptance.accept_policy(connection, options.on, options.policy, **said)
    return (
        f"Accepted on {readable(found.relation)}: {found.words}. Another role or expression alarms."
    )
