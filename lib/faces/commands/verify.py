"""Is everything proven right, on the command line? python -m lib verify | verify-triggers."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lib import verification
from lib.checks.rpc_answers import untrue
from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC
from lib.checks.telling import errand, runnable
from lib.core.declaration import required
from lib.core.errors import DatabaseUnreachable, QueryFailed, SettingInvalid, WatchtowerError
from lib.core.remedies import Remedies, files_of, shown
from lib.core.results import Finding, Report, Status
from lib.core.statements import readable
from lib.core.words import APART, plural
from lib.db import rest
from lib.demo import demo as embedded
from lib.faces.commands import arguments
from lib.faces.commands.invocation import FACE, database, user
from lib.reports import proof
from lib.settings import settings
from lib.settings.settings import Settings

_LONGEST = 500  # characters of SQL that still belong on a line
_DEMO = "demo: "
_MOST_LINES = 30  # of SQL that still belong below what they repair


def add(commands: Any) -> None:
    verify = commands.add_parser("verify", help="run the full verification; exit 0, 1, 2 or 3")
    verify.add_argument("--json", action="store_true", help="print the endpoint's JSON")
    verify.add_argument(
        "--window",
        type=arguments.days,
        metavar="DAYS",
        help="how many days count as recent, 1 to 90",
    )
    verify.add_argument(
        "--since",
        type=arguments.moment,
        metavar="RFC3339",
        help="also count the rows since this moment, the last repair say",
    )
    verify.add_argument(
        "--proof", type=arguments.proof, metavar="FILE", help="write a proof: .html, .md or .json"
    )
    verify.set_defaults(run=_verify)
    triggers = commands.add_parser(
        "verify-triggers", help="check both guards, for a CI job; exit 0 or 1"
    )
    triggers.set_defaults(run=_verify_triggers, unseen=1)


def _verify(options: argparse.Namespace) -> int:
    """The full verification, printed for a person or as JSON."""
    demo = False
    try:
        found = settings.load()
        demo = found.demo
        with database(found) as connection:
            report = verification.within(
                lambda: verification.verify(
                    connection,
                    who=user(),
                    face=FACE,
                    window_days=options.window or found.window_days,
                    freshness_hours=found.freshness_hours,
                    since=options.since,
                    canonical=found.canonical,
                    usual_days=found.window_days,
                )
            )
    except WatchtowerError as error:
        if options.json:
            told = {"ok": False, "status": "unknown", "error": str(error)}
            print(json.dumps(told | ({"demo": True} if demo else {})))
        else:
            print(f"{_DEMO * demo}unknown: {error}", file=sys.stderr)
        return Status.UNKNOWN.exit_code
    print(json.dumps(report.to_json(), indent=2) if options.json else as_text(report))
    if options.proof is not None:
        _keep(report, options.proof, found.alerts.address or proof.ORIGIN)
    return report.status.exit_code


def _keep(report: Report, path: Path, origin: str) -> None:
    """Write the proof. One that cannot be written is said, and changes no verdict."""
    text = proof.FORMATS[path.suffix.lower()](report, origin)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"The proof was not written to {path}: {error.strerror}", file=sys.stderr)


def as_text(report: Report) -> str:
    """A report for a terminal: each check, and under it what is not ok and what repairs it."""
    said = f"{_DEMO * report.demo}{report.status.word}"
    lines = [f"{said}: {report.database}, PostgreSQL {report.server_version}"]
    instead = runnable(report)
    for check in report.applying:
        lines.append(f"{check.status.word:<9} {check.check}: {check.summary}")
        for finding in check.failing():
            lines.append(f"          {finding.status.word}: {finding.detail}")
            lines += [f"            {line}" for line in _to_do(instead(finding.remedies))]
    if report.apart:
        lines.append(f"{APART}: {', '.join(report.apart)}")
    return "\n".join(lines)


def _to_do(remedies: Remedies) -> list[str]:
    """What repairs it, a line each; of a long one, what prints it."""
    lines = readable(shown(remedies)).splitlines()
    if len(lines) <= _MOST_LINES:
        return lines
    return [f"python -m lib plan prints the SQL that repairs it: {plural(len(lines), 'line')}"]


def _verify_triggers(_: argparse.Namespace) -> int:
    """Both guards, over DATABASE_URL or else over HTTPS. One line per fault on stderr."""
    try:
        faults = _faults(settings.load(database=False))
    except WatchtowerError as error:
        faults = [f"unknown: {error}"]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return 1
    print(f"Partition triggers OK ({', '.join(guard.trigger for guard in required())})")
    return 0


def _faults(found: Settings) -> list[str]:
    """What is wrong with the guards, a line each?"""
    if found.database_url is None and (found.supabase_url or found.supabase_key):
        if not (found.supabase_url and found.supabase_key):
            raise SettingInvalid("SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY go together.")
        return _faults_over_https(found.supabase_url, found.supabase_key)
    found = settings.load()
    if found.database_url is None and embedded.running() is None:
        raise SettingInvalid(
            "No database is named, and no demo runs: set DATABASE_URL, or SUPABASE_URL and "
            "SUPABASE_SERVICE_ROLE_KEY."
        )
    with database(found) as connection:
        report = verification.within(
            lambda: verification.triggers(connection, canonical=found.canonical)
        )
    return [
        f"{finding.status.word}: {finding.detail}{_repair(finding)}"
        for _, finding in report.failing()
        if finding.status >= Status.UNKNOWN
    ]


def _repair(finding: Finding) -> str:
    """What repairs it, on the fault's own line: a statement, a file, or what prints them."""
    if files := files_of(finding.remedies):
        return f"; repair: psql -f {' -f '.join(files)}"
    text = readable(shown(finding.remedies)).strip()
    if not text or errand(finding.remedies):
        return ""
    folds = "--" not in text and "$" not in text and "'" not in text and len(text) <= _LONGEST
    return f"; repair: {' '.join(text.split()) if folds else 'python -m lib plan prints the SQL'}"


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
