"""What is said of pg_cron and pg_partman, where one is there, and of the job?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.checks.maintenance import judge_job
from lib.core.context import Context
from tests.conftest import skip_missing
from tests.guards import GUARDS
from tests.looking import check, follow, glance, look, statuses, worst_finding
from tests.scheduled import scheduled
from tests.servers import SUPERUSER, Database, PostgresMissing


def test_without_pg_cron_it_is_a_note(database: Database) -> None:
    assert "pg_cron is not installed" in check(database, "maintenance").findings[-1].detail
    database.execute("drop function public.create_next_month_partitions()")
    report = look(database)
    assert statuses(report) == {"maintenance": "warning"}
    follow(worst_finding(report, "maintenance").remedy, database)
    assert statuses(look(database)) == {}


def test_pg_partman_is_a_note_where_it_manages_the_table(database: Database) -> None:
    database.execute(
        "create schema partman; create table partman.part_config (parent_table text);"
        "insert into partman.part_config values ('public.events');"
        "grant usage on schema partman to watchtower;"
        "grant select on partman.part_config to watchtower"
    )
    report = look(database)
    assert statuses(report) == {}
    assert report["maintenance"].findings[0].detail.startswith("pg_partman manages public.events")


PARTMAN = Path("/usr/share/postgresql/15/extension/pg_partman.control")


@pytest.fixture
def partman(servers: Any) -> Iterator[Database]:
    """A healthy database whose events pg_partman itself knows (Debian's, for 15)."""
    if not PARTMAN.exists():
        skip_missing("pg_partman for PostgreSQL 15 (apt-get install postgresql-15-partman)")
    server, healthy = servers("15")
    with server.new_database(healthy.name) as database:
        database.execute(
            "create schema partman; create extension pg_partman schema partman;"
            "insert into partman.part_config"
            " (parent_table, control, partition_type, partition_interval, premake)"
            " values ('public.events', 'session_month', 'native', '1 month', 3);"
            "grant usage on schema partman to watchtower, owner;"
            "grant select on partman.part_config to watchtower, owner",
            user=SUPERUSER,
        )
        yield database


AT_WORK = "pg_partman manages public.events; "
LEFT_ALONE = {
    "automatic_maintenance = 'off'": "automatic_maintenance is off",
    "undo_in_progress = true": "undo_in_progress is set",
}


def test_pg_partman_itself_manages_the_table(partman: Database) -> None:
    for user in ("watchtower", "owner"):
        maintenance = check(partman, "maintenance", user)
        assert maintenance.findings[0].detail.startswith(AT_WORK)
        assert maintenance.tables["partman"] == ({"table": "events"},)


@pytest.mark.parametrize("change", LEFT_ALONE)
def test_a_table_that_pg_partman_passes_by_is_not_managed(partman: Database, change: str) -> None:
    partman.execute(f"update partman.part_config set {change}", user=SUPERUSER)
    maintenance = check(partman, "maintenance")
    words = f"pg_partman makes no partition of public.events by itself: {LEFT_ALONE[change]}; "
    assert maintenance.findings[0].detail.startswith(words)
    assert maintenance.status.word == "ok"
    assert maintenance.tables["partman"] == ()


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOBS = [
    ({}, "ok", "is active; its last run succeeded on"),
    ({"active": False}, "warning", "is not active"),
    ({"calls_routine": False}, "warning", "does not call create_next_month_partitions()"),
    ({"calls_routine": None}, "ok", "is active; its last run succeeded on"),
    ({"last_status": "failed"}, "warning", "failed on"),
    ({"last_status": None, "last_end": None, "never_any": True}, "ok", "has not run yet"),
    ({"last_status": None, "last_end": None}, "ok", "has no run on record"),
    ({"last_end": NOW - timedelta(days=60)}, "warning", "has not run since"),
]


@pytest.mark.parametrize(("change", "status", "words"), JOBS)
def test_what_a_job_says(change: dict[str, object], status: str, words: str) -> None:
    job = {
        "name": "maintain-partitions",
        "schedule": "0 3 25 * *",
        "active": True,
        "last_status": "succeeded",
        "last_end": NOW - timedelta(days=3),
        "calls_routine": True,
    }
    finding = judge_job({**job, **change}, Context(GUARDS, NOW))
    assert finding.status.word == status
    assert words in finding.detail


@pytest.fixture(scope="module")
def job() -> Iterator[Database]:
    """A healthy database with pg_cron's job."""
    try:
        with scheduled() as database:
            yield database
    except PostgresMissing as missing:
        skip_missing(str(missing))


def test_an_older_observer_says_nothing_of_what_the_job_calls(job: Database) -> None:
    for user in ("watchtower", "owner"):
        report = look(job, user)
        assert statuses(report) == {}
        detail = report["maintenance"].findings[-1].detail
        assert detail == "the job maintain-partitions (0 3 25 * *) is active and has not run yet"
    job.execute(
        "drop function public.watchtower_maintenance_job();"
        "create function public.watchtower_maintenance_job()"
        " returns table (name text, schedule text, active boolean, last_status text,"
        " last_end timestamptz) language sql security definer set search_path = ''"
        " as 'select jobname, schedule, active, null::text, null::timestamptz from cron.job'"
    )
    assert statuses(glance(job)) == {}
    job.run_setup()


def test_the_command_of_the_job_stays_hidden(job: Database) -> None:
    job.execute("select cron.schedule('maintain-partitions', '0 3 25 * *', 'select 5 as secret')")
    finding = worst_finding(glance(job), "maintenance")
    words = "does not call create_next_month_partitions() in this database"
    assert finding.detail == f"the job maintain-partitions (0 3 25 * *) {words}"
    assert "secret" not in str(job.rows("select * from public.watchtower_maintenance_job()"))
    follow(finding.remedy, job)
    assert statuses(glance(job)) == {}
