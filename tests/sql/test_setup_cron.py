"""Is the partition routine scheduled where pg_cron is there, and does the setup do without?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import skip_missing
from tests.servers import OWNER, SUPERUSER, Database, PostgresMissing, running
from tests.template import build_tables

EXTENSION = Path("/usr/share/postgresql/15/extension/pg_cron.control")
JOBS = "select jobname, schedule, command, active from cron.job order by jobid"
JOB = ("maintain-partitions", "0 3 25 * *", "select public.create_next_month_partitions()", True)


@pytest.fixture(scope="module")
def scheduled() -> Iterator[Database]:
    """A database with pg_cron: it works only in the one that the server names (Debian's 15)."""
    if not EXTENSION.exists():
        skip_missing("pg_cron for PostgreSQL 15 (apt-get install postgresql-15-cron)")
    settings = "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'scheduled'"
    try:
        with running("15", settings) as server:
            server.execute(f"create database scheduled owner {OWNER}")
            database = server.database("scheduled")
            database.execute("create extension pg_cron", user=SUPERUSER)
            build_tables(database)
            yield database
    except PostgresMissing as missing:
        skip_missing(str(missing))


def test_owner_without_the_right_to_schedule(scheduled: Database) -> None:
    said = scheduled.run_setup()
    assert any(line.startswith("the job maintain-partitions was not scheduled") for line in said)
    assert scheduled.value("select create_next_month_partitions()")["ok"]


def test_schedules_the_routine_once(scheduled: Database) -> None:
    scheduled.execute(f"grant usage on schema cron to {OWNER}", user=SUPERUSER)
    for _ in range(2):
        scheduled.run_setup()
        assert scheduled.rows(JOBS) == [JOB]


def test_replaces_an_older_job(scheduled: Database) -> None:
    scheduled.execute(f"grant usage on schema cron to {OWNER}", user=SUPERUSER)
    scheduled.execute("select cron.schedule('maintain-partitions', '0 0 1 * *', 'select 1')")
    scheduled.run_setup()
    assert scheduled.rows(JOBS) == [JOB]


def test_without_pg_cron(database: Database) -> None:
    said = database.run_setup()
    assert [line for line in said if "pg_cron" in line] == [
        "pg_cron is not installed here: have create_next_month_partitions() called each month"
        " by other means"
    ]
