"""Rights to the RPCs, tables that only look like partitions, ids in two months, and the job."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.checks.maintenance import judge_job
from lib.core.context import Context
from lib.core.guards import GUARDS
from tests.conftest import skip_missing
from tests.looking import check, follow, glance, look, statuses, worst_finding
from tests.scheduled import scheduled
from tests.servers import SUPERUSER, Database, PostgresMissing

RIGHTS = [
    (
        "grant execute on function public.{}() to anon",
        "critical",
        "may be executed by anon",
    ),
    (
        "grant execute on function public.{}() to public",
        "critical",
        "may be executed by PUBLIC, anon, authenticated",
    ),
    ("alter function public.{}() security invoker", "warning", "no longer SECURITY DEFINER"),
    (
        "alter function public.{}() reset search_path",
        "warning",
        "has no safe search_path of its own",
    ),
]
RPCS = [
    "verify_partition_triggers_exist",
    "watchtower_partition_drift_check_v1",
    "create_next_month_partitions",
]


@pytest.mark.parametrize("rpc", RPCS)
def test_rights_to_the_rpcs(rpc: str, database18: Database) -> None:
    for sql, status, words in RIGHTS:
        database18.execute(sql.format(rpc))
        result = check(database18, "rpc_privileges", "owner")
        assert result.status.word == status
        finding = result.failing()[0]
        assert finding.detail.startswith(f"public.{rpc}() ")
        assert words in finding.detail
        follow(finding.remedy, database18)
        assert check(database18, "rpc_privileges").status.word == "ok"
    assert statuses(look(database18)) == {}


def test_rights_are_read_on_both_servers(database: Database) -> None:
    database.execute(f"grant execute on function public.{RPCS[0]}() to public")
    assert statuses(look(database)) == {"rpc_privileges": "critical"}


MONTH = "to_char(now() at time zone 'UTC' {}, 'YYYY_MM')"
DO = "do $$ begin execute format('{}', " + MONTH + "); end $$"


def test_detached_month_that_keeps_its_name_is_a_warning(database: Database) -> None:
    database.execute(
        DO.format(
            "alter table public.events detach partition public.events_%s", "- interval '9 mon'"
        )
    )
    report = look(database)
    assert statuses(report) == {
        "partition_coverage": "warning",
        "unattached_partitions": "warning",
    }
    detail = worst_finding(report, "unattached_partitions").detail
    assert "is named like the partition of" in detail
    follow(worst_finding(report, "unattached_partitions").remedy, database)  # its own is a comment
    remedy = worst_finding(report, "unattached_partitions").remedy or ""
    database.execute(
        remedy.replace("-- if it belongs there; else rename it:\n", "").replace("-- ", "")
    )
    assert statuses(look(database)) == {}


def test_current_month_detached_is_critical(database: Database) -> None:
    database.execute(DO.format("alter table public.events detach partition public.events_%s", ""))
    report = look(database)
    assert report["unattached_partitions"].status.word == "critical"
    detail = worst_finding(report, "unattached_partitions").detail
    assert detail.endswith("no other partition takes that month")


def test_copies_are_a_warning_and_other_schemas_are_left_alone(database: Database) -> None:
    database.execute(
        "create schema archive; create table archive.sessions_2019_01 (like public.sessions);"
        "create table public.sessions_notes (id int)"
    )
    assert statuses(look(database)) == {}
    database.execute("create table public.sessions_old (like public.sessions)")
    report = look(database)
    assert statuses(report) == {"unattached_partitions": "warning"}
    found = worst_finding(report, "unattached_partitions")
    assert "has its columns" in found.detail
    assert found.headline == "sessions_old is not attached to sessions"


def test_only_what_ends_in_a_month_is_what_a_move_left(database: Database) -> None:
    for name in ("sessions_moving_house", "sessions_moving_2026_05", "sessions_moving_2026_05_old"):
        database.execute(f"create table public.{name} (like public.sessions)")
    found = look(database)["unattached_partitions"].failing()
    assert {finding.subject: finding.code for finding in found} == {
        "public.sessions_moving_house": "look_alike",
        "public.sessions_moving_2026_05": "move_cut_off",
        "public.sessions_moving_2026_05_old": "look_alike",
    }
    assert all("left over" not in f.headline for f in found if f.code == "look_alike")


def test_summary_of_doubled_ids_says_how_many_were_compared(database18: Database) -> None:
    summary = check(database18, "duplicate_ids").summary
    assert "nor do the newest 25 in any other month" in summary


def test_id_in_two_months_is_a_warning_with_samples(database: Database) -> None:
    database.execute(
        "insert into public.sessions (id, created_month, created_at) select id,"
        " created_month - interval '3 months', created_at - interval '3 months'"
        " from public.sessions order by created_at desc limit 7"
    )
    report = look(database)
    assert statuses(report) == {"duplicate_ids": "warning"}
    detail = worst_finding(report, "duplicate_ids").detail
    assert detail.startswith("7 ids of public.sessions stand in more than one month, ")
    assert len(report["duplicate_ids"].tables["duplicates"]) == 5
    database.execute(
        "delete from public.sessions as s where exists (select from public.sessions as o"
        " where o.id = s.id and o.created_month > s.created_month)"
    )
    assert statuses(look(database)) == {}


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
