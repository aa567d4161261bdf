"""What is said of pg_cron's jobs: by the newest run, in pg_cron's words, whatever others run?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lib.checks.maintenance import judge_job
from lib.core.context import Context
from lib.core.results import CheckResult
from tests.conftest import skip_missing
from tests.guards import GUARDS
from tests.looking import check, follow
from tests.scheduled import scheduled
from tests.servers import OWNER, SUPERUSER, Database, PostgresMissing

NAME = "maintain-partitions"
CALL = "select public.create_next_month_partitions()"


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    """A healthy database with pg_cron's job."""
    try:
        with scheduled() as database:
            yield database
    except PostgresMissing as missing:
        skip_missing(str(missing))


@pytest.fixture
def cron(server: Database) -> Iterator[Database]:
    """The same, with nothing but that job, and no run of it."""
    yield server
    server.execute(
        "delete from cron.job; delete from cron.job_run_details;"
        "alter sequence cron.runid_seq restart",
        user=SUPERUSER,
    )
    server.execute(f"select cron.schedule('{NAME}', '0 3 25 * *', '{CALL}')")


def ran(database: Database, *runs: str, job: str = NAME) -> None:
    """One after the other: status, message and when it ended; none of a run that did not start."""
    for run in runs:
        status, message, ended = (*run.split("|"), "", "")[:3]
        database.execute(
            "insert into cron.job_run_details"
            " (jobid, username, status, return_message, start_time, end_time)"
            " select jobid, username, %s, %s, %s, %s from cron.job where jobname = %s",
            [status, message, ended or None, ended or None, job],
            user=SUPERUSER,
        )


def said(database: Database, user: str = "watchtower") -> CheckResult:
    return check(database, "maintenance", user, verifying=False)


def lines(result: CheckResult) -> list[str]:
    """Status and words of what is said of the jobs."""
    return [f"{f.status.word}: {f.detail}" for f in result.findings if f.subject != "public.events"]


LATELY = f"{datetime.now(UTC):%Y-%m-%d %H:%M}+00"
SCHEDULED = f"the job {NAME} (0 3 25 * *)"


def test_a_later_success_counts_after_a_run_that_could_not_start(cron: Database) -> None:
    ran(cron, "failed|connection failed", f"succeeded|1 row|{LATELY}")
    for user in ("watchtower", "owner"):
        (line,) = lines(said(cron, user))
        assert line.startswith(f"ok: {SCHEDULED} is active; its last run succeeded on ")


def test_a_run_that_could_not_start_counts_after_a_success(cron: Database) -> None:
    ran(cron, f"succeeded|1 row|{LATELY}", "failed|connection failed")
    (line,) = lines(said(cron))
    assert line == f"warning: {SCHEDULED} failed: connection failed"
    (found,) = said(cron).failing()
    assert found.headline == f"the job {NAME} failed"
    assert found.remedy is not None
    assert "log in as the job's user" in found.remedy
    follow(found.remedy, cron)
    ran(cron, f"succeeded|1 row|{LATELY}")
    assert said(cron).status.word == "ok"


def test_a_run_under_way_hides_neither_failure_nor_success(cron: Database) -> None:
    for state in ("starting", "connecting", "sending", "running"):
        ran(cron, f"succeeded|1 row|{LATELY}", state)
        (line,) = lines(said(cron))
        assert line.startswith(f"ok: {SCHEDULED} is active, and at work right now; its last run")
    ran(cron, "failed|job startup timeout", "starting")
    (line,) = lines(said(cron))
    assert line == f"warning: {SCHEDULED} failed: job startup timeout"


def test_a_first_run_under_way(cron: Database) -> None:
    ran(cron, "running")
    (line,) = lines(said(cron))
    words = "is active, at work right now, and has finished no run on record"
    assert line == f"ok: {SCHEDULED} {words}"


def test_records_that_were_removed_are_not_called_never(cron: Database) -> None:
    assert lines(said(cron)) == [f"ok: {SCHEDULED} is active and has not run yet"]
    cron.execute("revoke all on sequence cron.runid_seq from public, owner", user=SUPERUSER)
    assert lines(said(cron)) == [f"ok: {SCHEDULED} is active and has no run on record"]
    cron.execute("grant select on sequence cron.runid_seq to owner", user=SUPERUSER)
    ran(cron, f"succeeded|1 row|{LATELY}")
    cron.execute("delete from cron.job_run_details", user=SUPERUSER)
    (line,) = lines(said(cron))
    assert line == f"ok: {SCHEDULED} is active and has no run among the newest 100,000 on record"


def test_the_message_is_one_bounded_line(cron: Database) -> None:
    long = "ERROR:  permission denied for function\tcreate_next_month_partitions " + "x" * 500
    ran(cron, f"failed|\n{long}\nLINE 1: select dblink('password=secret')|{LATELY}")
    (line,) = lines(said(cron))
    assert "failed on " in line
    assert ": ERROR: permission denied for function create_next_month_partitions xxx" in line
    assert "secret" not in line
    assert "\n" not in line
    assert len(line) < 320


def test_a_renamed_job_does_as_well(cron: Database) -> None:
    cron.execute(
        f"select cron.unschedule('{NAME}'); select cron.schedule('months', '0 4 1 * *', '{CALL}')"
    )
    assert lines(said(cron)) == ["ok: the job months (0 4 1 * *) is active and has not run yet"]


def test_one_of_several_that_works_suffices_and_the_others_are_told(cron: Database) -> None:
    cron.execute(f"select cron.schedule('months', '0 4 1 * *', '{CALL}')")
    ran(cron, "failed|connection failed")
    ran(cron, f"succeeded|1 row|{LATELY}", job="months")
    good, bad = lines(said(cron))
    assert good.startswith("ok: the job months (0 4 1 * *) is active; its last run succeeded")
    assert bad == f"ok: {SCHEDULED} failed: connection failed"
    ran(cron, "failed|server restarted", job="months")
    assert said(cron).status.word == "warning"
    assert len(said(cron).failing()) == 2


NOT_CALLED = (
    "-- select public.create_next_month_partitions()\nselect 1",
    "/* create_next_month_partitions()\n*/ select 1",
    "select ''create_next_month_partitions''",
    "select public.my_create_next_month_partitions()",
)
CALLED = (
    'select * from "public"."create_next_month_partitions" ()',
    "/* each month */ select public.create_next_month_partitions() -- all",
    "do $x$ begin perform public.create_next_month_partitions(); end $x$",
)


@pytest.mark.parametrize("command", [*NOT_CALLED, *CALLED])
def test_what_counts_as_a_call(cron: Database, command: str) -> None:
    cron.execute(f"select cron.schedule('{NAME}', '0 3 25 * *', $c${command}$c$)")
    assert said(cron).status.word == ("ok" if command in CALLED else "warning")
    if command not in CALLED:
        follow(said(cron).failing()[0].remedy, cron)
        assert said(cron).status.word == "ok"


MESSAGES = (
    ("connection failed", "pg_hba.conf"),
    ("job startup timeout", "max_worker_processes"),
    ("could not start background process; more details may be available", "max_running_jobs"),
    ("ERROR: permission denied for function create_next_month_partitions", "30_partitions.sql"),
    ("ERROR: function public.create_next_month_partitions() does not exist", "30_partitions.sql"),
    ("ERROR: canceling statement due to lock timeout", "another session held"),
    ("server restarted", "cut off"),
    ("ERROR: division by zero", "what stood in the way"),
)


@pytest.mark.parametrize(("message", "words"), MESSAGES)
def test_the_remedy_fits_the_message(message: str, words: str) -> None:
    job: dict[str, Any] = {
        "name": NAME,
        "schedule": "0 3 25 * *",
        "active": True,
        "calls_routine": True,
        "last_status": "failed",
        "last_end": None,
        "last_message": message,
    }
    found = judge_job(job, Context(GUARDS, datetime.now(UTC)))
    assert found.detail.endswith(f"failed: {message}")
    assert found.remedy is not None
    assert words in found.remedy


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each node of a plan that reads the runs."""
    if plan.get("Relation Name") == "job_run_details":
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans(child)


@pytest.mark.landing
@pytest.mark.parametrize("user", [OWNER, SUPERUSER])
def test_at_most_the_newest_100_000_runs_are_read(cron: Database, user: str) -> None:
    ran(cron, f"succeeded|1 row|{LATELY}")
    cron.execute(
        "insert into cron.job_run_details (jobid, username, status, end_time)"
        " select 1000, 'somebody', 'succeeded', now() from generate_series(1, 250000)",
        user=SUPERUSER,
    )
    cron.execute("analyze cron.job_run_details", user=SUPERUSER)
    body = "select prosrc from pg_proc where proname = 'watchtower_maintenance_job'"
    explained = cron.value(
        f"explain (analyze, timing off, format json) {cron.value(body)}", user=user
    )
    found = list(
        scans((explained if isinstance(explained, list) else json.loads(explained))[0]["Plan"])
    )
    assert len(found) == 2, "the last that ended, and the newest"
    for scan in found:
        assert scan["Node Type"] == "Index Scan", scan
        assert scan["Index Name"] == "job_run_details_pkey"
        assert scan["Scan Direction"] == "Backward"
        assert "runid >" in scan["Index Cond"]
        rows = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
        assert rows * scan["Actual Loops"] <= 100_000
    (line,) = lines(said(cron))
    assert line.endswith("has no run among the newest 100,000 on record")
