"""The command line: python -m lib verify | verify-triggers | plan | apply | drill | adopt | …

Exit codes of `verify` are Nagios's: 0 ok, 1 warning, 2 critical, 3 unknown; wrong usage is 64,
because argparse's own 2 would read as critical.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import NoReturn

from lib.core.errors import WatchtowerError
from lib.core.results import Status
from lib.demo import demo
from lib.faces.commands import (
    accept,
    adopt,
    alert,
    discover,
    drill,
    history,
    repair,
    review,
    setup,
    verify,
)
from lib.faces.commands.invocation import USAGE, progress, user


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    except WatchtowerError as error:
        print(f"unknown: {error}", file=sys.stderr)
        return int(options.refused)
    except Exception:  # nobody may take it for a verdict: Python's own code is 1, a warning
        traceback.print_exc()
        print("unknown: the command failed unexpectedly; see above", file=sys.stderr)
        return int(options.unseen)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lib", description="Partition Watchtower")
    parser.set_defaults(unseen=Status.UNKNOWN.exit_code, refused=Status.UNKNOWN.exit_code)
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    setup.add(commands)
    verify.add(commands)
    adopt.add(commands)
    discover.add(commands)
    accept.add(commands)
    history.add(commands)
    review.add(commands)
    repair.add(commands, user())
    drill.add(commands, user())
    alert.add(commands, user())
    starting = commands.add_parser("demo", help="start the embedded demo and print its addresses")
    starting.add_argument("--stop", action="store_true", help="stop the demo instead")
    starting.set_defaults(run=_demo, refused=1)
    return parser


def _demo(options: argparse.Namespace) -> int:
    """Start the demo if need be and say how to reach it; or stop it."""
    if options.stop:
        return _stop_demo()
    print(demo.describe(demo.start(progress, keep=True)))
    return 0


def _stop_demo() -> int:
    """Join the demo and leave again: the last to leave stops it."""
    if demo.running() is not None:
        demo.start()
        demo.stop()
    still = demo.running() is not None
    print(
        "A dashboard still uses the demo, which stops with that dashboard."
        if still
        else "The demo is stopped."
    )
    return 1 if still else 0
