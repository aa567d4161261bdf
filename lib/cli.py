"""The command line: python -m lib verify | verify-triggers | plan | apply | drill | adopt | …

Exit codes of `verify` are Nagios's: 0 ok, 1 warning, 2 critical, 3 unknown; wrong usage is 64,
because argparse's own 2 would read as critical.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from lib import (
    acceptance,
    adoption,
    demo,
    drill_commands,
    mend_commands,
    proof,
    rest,
    settings,
    verification,
)
from lib.checks.rpcs import DRIFT_RPC, TRIGGERS_RPC, untrue
from lib.database import Database
from lib.errors import DatabaseUnreachable, QueryFailed, SettingInvalid, WatchtowerError
from lib.guards import GUARDS
from lib.results import Report, Status
from lib.settings import Settings, parse_url

USAGE = 64
FACE = "command line"
TRIGGERS_OK = f"Partition triggers OK ({', '.join(guard.trigger for guard in GUARDS)})"


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lib", description="Partition Watchtower")
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    verify = commands.add_parser("verify", help="the full verification; exit 0, 1, 2 or 3")
    verify.add_argument("--json", action="store_true", help="print the endpoint's JSON")
    verify.add_argument("--window", type=_days, metavar="DAYS", help="recent days, 1 to 90")
    verify.add_argument(
        "--since", type=_moment, metavar="RFC3339", help="count rows since then too: the last mend"
    )
    verify.add_argument("--proof", type=_proof, metavar="FILE", help="keep it: .html, .md or .json")
    verify.set_defaults(run=_verify)
    triggers = commands.add_parser("verify-triggers", help="both guards, for a CI job; exit 0 or 1")
    triggers.set_defaults(run=_verify_triggers)
    adopting = commands.add_parser("adopt", help="write the live guards down, for review")
    adopting.add_argument("folder", type=Path, metavar="DIR", help="where their files go")
    adopting.set_defaults(run=_adopt)
    accepting = commands.add_parser("accept", help="older wrong rows that will stay as they are")
    accepting.add_argument("check", choices=acceptance.CHECKS, metavar="CHECK")
    accepting.add_argument("--count", type=_count, required=True, metavar="N", help="so many rows")
    accepting.add_argument("--reason", type=_words, required=True, metavar="TEXT")
    accepting.add_argument("--by", type=_words, required=True, metavar="NAME")
    accepting.set_defaults(run=_accept)
    mend_commands.add(commands, _user())
    drill_commands.add(commands, _user())
    starting = commands.add_parser("demo", help="start the embedded demo, print its addresses")
    starting.add_argument("--stop", action="store_true", help="stop it instead")
    starting.set_defaults(run=_demo)
    return parser


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 90:
        raise argparse.ArgumentTypeError("DAYS is a whole number from 1 to 90")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError("N is a whole number")
    return int(text)


def _proof(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in proof.FORMATS:
        raise argparse.ArgumentTypeError(f"FILE ends in {', '.join(proof.FORMATS)}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError("FILE is in a folder that exists")
    return path


def _words(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("this may not be empty")
    return text.strip()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError("a moment is written 2026-11-22T13:41:00Z")
    return moment


def _verify(options: argparse.Namespace) -> int:
    """The full verification, printed for a person or as JSON."""
    try:
        found = settings.load()
        with _database(found) as database:
            report = verification.within(
                lambda: verification.verify(
                    database,
                    who=_user(),
                    face=FACE,
                    window_days=options.window or found.window_days,
                    freshness_hours=found.freshness_hours,
                    since=options.since,
                    canonical=found.canonical,
                )
            )
    except WatchtowerError as error:
        if options.json:
            print(json.dumps({"ok": False, "status": "unknown", "error": str(error)}))
        else:
            print(f"unknown: {error}", file=sys.stderr)
        return Status.UNKNOWN.exit_code
    print(json.dumps(report.to_json(), indent=2) if options.json else as_text(report))
    if options.proof is not None:
        _keep(report, options.proof)
    return report.status.exit_code


def _keep(report: Report, path: Path) -> None:
    """Write the proof. One that cannot be written is said, and changes no verdict."""
    text = proof.FORMATS[path.suffix.lower()](report, proof.ORIGIN)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"The proof was not written to {path}: {error.strerror}", file=sys.stderr)


def as_text(report: Report) -> str:
    """A report for a terminal: each check, and under it what is not ok and what mends it."""
    lines = [f"{report.status.word}: {report.database}, PostgreSQL {report.server_version}"]
    for check in report.checks:
        lines.append(f"{check.status.word:<9} {check.check}: {check.summary}")
        for finding in check.failing():
            lines.append(f"          {finding.status.word}: {finding.detail}")
            lines += [f"            {line}" for line in (finding.remedy or "").splitlines()]
    return "\n".join(lines)


def _verify_triggers(_: argparse.Namespace) -> int:
    """Both guards, over DATABASE_URL or else over HTTPS. One line per fault on stderr."""
    try:
        found = settings.load()
        faults = _faults(found)
    except WatchtowerError as error:
        faults = [f"unknown: {error}"]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return 1
    print(TRIGGERS_OK)
    return 0


def _faults(found: Settings) -> list[str]:
    """What is wrong with the guards, a line each?"""
    if found.database_url is None and (found.supabase_url or found.supabase_key):
        if not (found.supabase_url and found.supabase_key):
            raise SettingInvalid("SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY go together.")
        return _faults_over_https(found.supabase_url, found.supabase_key)
    if found.database_url is None and demo.running() is None:
        raise SettingInvalid(
            "No database is named, and no demo runs: set DATABASE_URL, or SUPABASE_URL and "
            "SUPABASE_SERVICE_ROLE_KEY."
        )
    with _database(found) as database:
        report = verification.within(
            lambda: verification.triggers(database, canonical=found.canonical)
        )
    return [
        f"{finding.status.word}: {finding.detail}"
        for _, finding in report.failing()
        if finding.status >= Status.UNKNOWN
    ]


def _faults_over_https(url: str, key: str) -> list[str]:
    """Both RPCs are called, and both must answer true."""
    faults = []
    for function in (TRIGGERS_RPC, DRIFT_RPC):
        try:
            answer = rest.call(url, key, function)
        except QueryFailed as error:
            faults.append(f"critical: public.{function}() {error}")
            continue
        except DatabaseUnreachable as error:
            faults.append(f"unknown: {error}")
            continue
        problem = untrue(answer) if function == DRIFT_RPC else None
        if function == TRIGGERS_RPC and answer is not True:
            problem = f"answers {json.dumps(answer)[:80]}"
        if problem:
            faults.append(f"critical: public.{function}() {problem}")
    return faults


def _adopt(options: argparse.Namespace) -> int:
    """Write the live definitions to files, a line for each."""
    try:
        with _database(settings.load()) as database:
            for path in adoption.adopt(database, options.folder):
                print(path)
    except WatchtowerError as error:
        print(f"unknown: {error}", file=sys.stderr)
        return 1
    print(f"Review and commit them, then set WATCHTOWER_CANONICAL={options.folder}")
    return 0


def _accept(options: argparse.Namespace) -> int:
    """Keep one history row that accepts older rows of a check."""
    try:
        with _database(settings.load()) as database:
            acceptance.accept(
                database,
                options.check,
                count=options.count,
                reason=options.reason,
                by=options.by,
            )
    except WatchtowerError as error:
        print(f"unknown: {error}", file=sys.stderr)
        return 1
    print(f"Up to {options.count} older rows of {options.check} are accepted; one more alarms.")
    return 0


def _demo(options: argparse.Namespace) -> int:
    """Start the demo if need be and say how to reach it; or stop it."""
    try:
        if options.stop:
            return _stop_demo()
        print(demo.describe(demo.start(_progress, keep=True)))
    except WatchtowerError as error:
        print(f"unknown: {error}", file=sys.stderr)
        return 1
    return 0


def _stop_demo() -> int:
    """Join the demo and leave again: the last to leave stops it."""
    if demo.running() is not None:
        demo.start()
        demo.stop()
    still = demo.running() is not None
    print("A dashboard still uses the demo; it stops with it." if still else "The demo is stopped.")
    return 1 if still else 0


def _progress(sentence: str, share: float) -> None:
    print(f"{share:4.0%}  {sentence}", file=sys.stderr, flush=True)


@contextmanager
def _database(found: Settings) -> Iterator[Database]:
    """The database that is named; else the demo, said aloud, and never started in CI."""
    url = found.database_url
    if url is None:
        print("No database is named (DATABASE_URL): this is the embedded demo.", file=sys.stderr)
        running = demo.running()
        if running is None and os.environ.get("CI"):
            raise SettingInvalid("No database is named, and a demo proves nothing in CI.")
        if running is not None:
            demo.top_up(running)  # nobody may have been there for days
        url = parse_url("the demo's address", (running or demo.start(_progress)).role_url)
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown user"
