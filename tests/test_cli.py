"""Does the command line say what it must, with the exit codes that cron and CI rely on?"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers import ROOT, Database

OK_LINE = (
    "Partition triggers OK (sessions_set_created_month, events_set_session_month_from_session)\n"
)
BREAK = "drop trigger events_set_session_month_from_session on public.events"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class _Kept(io.BytesIO):
    """What was written, also once whoever wrote it has closed it."""

    def close(self) -> None:
        """It stays."""


def run(*arguments: str, **settings: str) -> Ran:
    """`python -m lib`, with these settings and no others of ours.

    In this process, for another one takes a second to load; those that end it in the middle, or
    take its output away, start their own.
    """
    ours = ("DATABASE_URL", "WATCHTOWER_SECRET", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "CI")
    out, err = _Kept(), _Kept()
    record = logging.getLogRecordFactory()
    with pytest.MonkeyPatch.context() as patch:
        for name in ours:
            patch.delenv(name, raising=False)
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["lib", *arguments])
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", line_buffering=True))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", line_buffering=True))
        patch.chdir(ROOT)
        try:
            with pytest.raises(SystemExit) as ended:
                runpy.run_module("lib", run_name="__main__")
            sys.stdout.flush()
        finally:
            logging.setLogRecordFactory(record)
    return Ran(int(str(ended.value.code)), out.getvalue().decode(), err.getvalue().decode())


def test_verify_exit_codes_follow_nagios(database: Database) -> None:
    healthy = run("verify", DATABASE_URL=database.role_url)
    assert healthy.code == 0
    assert healthy.out.startswith("ok: ")
    database.execute("delete from public.sessions where created_at > now() - interval '1 day'")
    assert run("verify", DATABASE_URL=database.role_url).code == 1
    database.execute(BREAK)
    broken = run("verify", DATABASE_URL=database.role_url)
    assert broken.code == 2
    assert "events_set_session_month_from_session is missing" in broken.out
    assert "create or replace trigger events_set_session_month_from_session" in broken.out
    database.execute("drop policy watchtower_reads on public.events")
    database.run_setup()
    database.execute("drop policy watchtower_reads on public.events")
    assert run("verify", DATABASE_URL=database.role_url).code == 3


@pytest.mark.landing
@pytest.mark.parametrize("arguments", [("verify",), ("verify", "--json"), ("plan",)])
def test_reader_that_went_away_changes_no_verdict(
    arguments: tuple[str, ...], database18: Database
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lib", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database18.role_url},
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.landing
@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        ("&-", 0, ""),
        (
            "/dev/full",
            3,
            "unknown: the answer could not be written: No space left on device\n",
        ),
    ],
)
def test_output_that_takes_nothing(output: str, code: int, said: str, database18: Database) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m lib verify >{output}', sys.executable],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database18.role_url},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, said)


def test_verify_json_is_the_endpoints_body_and_leaves_history(database18: Database) -> None:
    done = run("verify", "--json", "--window", "30", DATABASE_URL=database18.role_url)
    assert done.code == 0
    body = json.loads(done.out)
    assert set(body) == {"ok", "status", "checked_at", "duration_ms", "drift", "checks"}
    face = database18.value(
        "select details->>'face' from public.watchtower_checks"
        " where check_name = 'partition_watchtower'"
    )
    assert face == "command line"


@pytest.mark.parametrize(
    ("suffix", "holds"), [(".html", "<!doctype html>"), (".md", "# ✓ ok:"), (".json", '"who":')]
)
def test_verify_keeps_a_proof_and_the_exit_code(
    suffix: str, holds: str, database18: Database, tmp_path: Path
) -> None:
    file = tmp_path / f"proof{suffix}"
    own = {"WATCHTOWER_ADDRESS": "https://watch.example.org"}
    done = run("verify", "--proof", str(file), DATABASE_URL=database18.role_url, **own)
    assert done.code == 0
    assert done.out.startswith("ok: ")
    told = file.read_text(encoding="utf-8")
    assert holds in told
    assert "https://watch.example.org/api/watchtower/partition-drift" in told
    assert "127.0.0.1" not in told, "another server may answer there"


def test_proof_that_cannot_be_written_is_said_and_changes_no_verdict(
    database18: Database, tmp_path: Path
) -> None:
    taken = tmp_path / "x.md"
    taken.symlink_to(tmp_path / "gone" / "x.md")
    done = run("verify", "--proof", str(taken), DATABASE_URL=database18.role_url)
    assert done.code == 0
    assert f"The proof was not written to {taken}" in done.err
    assert "Traceback" not in done.err


def test_verify_unreachable_is_unknown() -> None:
    url = "postgresql://watchtower:pa55word@127.0.0.1:1/db"
    plain = run("verify", DATABASE_URL=url)
    assert plain.code == 3
    assert plain.err.startswith("unknown: The database at 127.0.0.1:1 refuses the connection")
    as_json = run("verify", "--json", DATABASE_URL=url)
    assert as_json.code == 3
    assert json.loads(as_json.out)["status"] == "unknown"
    assert "pa55word" not in plain.out + plain.err + as_json.out + as_json.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no-such",),
        ("verify", "--window", "0"),
        ("verify", "--window", "x"),
        ("verify", "--proof", "proof.pdf"),
        ("verify", "--proof", "no-such-folder/proof.html"),
        ("verify", "y"),
    ],
)
def test_wrong_usage_is_64_which_is_not_critical(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 64
    assert "Traceback" not in done.err


def test_verify_triggers_over_a_database(database: Database) -> None:
    healthy = run("verify-triggers", DATABASE_URL=database.role_url)
    assert (healthy.code, healthy.out, healthy.err) == (0, OK_LINE, "")
    database.execute(BREAK)
    broken = run("verify-triggers", DATABASE_URL=database.role_url)
    assert broken.code == 1
    assert broken.out == ""
    lines = broken.err.splitlines()
    missing = [line for line in lines if "events_set_session_month_from_session is missing" in line]
    assert missing
    repair = missing[0].partition("; repair: ")[2]
    assert repair.startswith(
        "create or replace trigger events_set_session_month_from_session before insert"
    )
    database.execute(repair)
    assert run("verify-triggers", DATABASE_URL=database.role_url).out == OK_LINE
    assert all(re.match(r"(critical|unknown): ", line) for line in lines)


def test_verify_triggers_unreachable_or_unnamed_is_unknown() -> None:
    unreachable = run("verify-triggers", DATABASE_URL="postgresql://a:pa55word@127.0.0.1:1/d")
    assert unreachable.code == 1
    assert unreachable.err.startswith("unknown: ")
    nowhere = {"WATCHTOWER_DEMO_DIR": "/tmp/pw-none"}
    unnamed = run("verify-triggers", **nowhere)
    assert unnamed.code == 1
    assert unnamed.err.startswith("unknown: No database is named")
    malformed = run("verify-triggers", DATABASE_URL="pa55word")
    assert malformed.code == 1
    assert malformed.err.startswith("unknown: DATABASE_URL is not a PostgreSQL connection string")
    assert "pa55word" not in malformed.err + unreachable.err


def test_verify_without_a_database_proves_nothing_in_ci() -> None:
    done = run("verify", CI="true", WATCHTOWER_DEMO_DIR="/tmp/pw-none")
    assert done.code == 3
    assert "a demo proves nothing in CI" in done.err
