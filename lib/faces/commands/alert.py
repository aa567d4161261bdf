"""The command line's way to try the alerts: python -m lib alert --test."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from lib.faces.commands.invocation import USAGE
from lib.settings import settings
from lib.settings.channels import Channel, Message


def add(commands: Any, who: str) -> None:
    """Add the command to the parser; `who` sends."""
    words = "send a test message to every address of WATCHTOWER_ALERTS"
    alerting = commands.add_parser("alert", help=words)
    alerting.add_argument(
        "--test",
        action="store_true",
        required=True,
        help="required: send the test message",
    )
    alerting.set_defaults(run=_test, who=who, refused=1)


def _test(options: argparse.Namespace) -> int:
    """A line for each channel: 0 where all took the message, 1 where one did not, 64 for none."""
    found = settings.load(database=False).alerts
    if not found.channels:
        print("No address is set: name one in WATCHTOWER_ALERTS.", file=sys.stderr)
        return USAGE
    link = found.address or "No link: WATCHTOWER_ADDRESS is not set."
    body = f"{options.who} tries the alerts from the command line. Nothing is wrong.\n{link}"
    refused = 0
    for number, address in enumerate(found.channels, start=1):
        channel = Channel(number, address)
        why = channel.test(Message("Partition Watchtower: a test", body))
        refused += why is not None
        print(
            f"{channel.delivery.name}: {why or 'took the message'}",
            file=sys.stderr if why else None,
        )
    return 1 if refused else 0
