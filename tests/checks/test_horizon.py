"""Is what lies far away a decision, and does coverage speak of what it saw, and in time?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from lib.repairs.plan import plan
from tests.looking import check, glance, look, worst_finding
from tests.real import OWNER_OF_TABLES
from tests.repairs.test_repairs import apply
from tests.servers import OWNER, Database


def row(month: str, day: str) -> str:
    """A session with the key of its own clock, as the guard would set it."""
    return (
        "insert into public.sessions (id, site_id, created_at, created_month)"
        f" values (md5('{day}')::uuid, md5('site1')::uuid, '{day}', '{month}');"
    )


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("2099-05-01", "2099-05-05"),
        ("1970-01-01", "1970-01-01 00:00:00+00"),
        ("2002-12-01", "2002-12-15"),
        ("infinity", "infinity"),
    ],
)
def test_far_stray_row_is_a_decision(database: Database, month: str, day: str) -> None:
    database.execute(row(month, day))
    report = look(database)
    (found,) = report["default_partition_rows"].failing()
    assert found.status.word == "warning"
    assert re.search(
        r"too far (ahead|from every other month) \(over \d+ months\) for a partition", found.detail
    )
    made = plan(report)
    (decision,) = made.decisions
    assert made.actions == ()
    assert "Set the time of these rows right, or delete them" in decision.choices
    shows = (decision.sql or "").rstrip(";")
    assert database.value(f"select count(*) from ({shows}) as t") == 1, "the statement shows them"
    leaves = "select count(*) from pg_inherits"
    before = database.value(leaves)
    assert apply(database).done == ()
    assert database.value(leaves) == before
    assert report["partition_coverage"].status.word == "ok"


def test_far_stray_row_of_production_makes_no_partition(production: Database) -> None:
    production.execute(row("2099-05-01", "2099-05-05"), user=OWNER_OF_TABLES)
    made = plan(look(production, OWNER_OF_TABLES))
    assert not any("2099" in action.sql for action in made.actions if not action.file)
    assert any("May 2099" in decision.why for decision in made.decisions)


def test_partition_that_was_made_for_one_is_said_to_stand_apart(database: Database) -> None:
    database.execute(
        "create table public.events_2099_01 partition of public.events"
        " for values from ('2099-01-01') to ('2099-02-01');"
        "alter table public.events_2099_01 enable row level security"
    )
    coverage = check(database, "partition_coverage", OWNER)
    said = {finding.subject: finding.detail for finding in coverage.findings}
    assert "2099" not in said["public.events"].split("; ")[0]
    assert said["public.events"].endswith("; public.events_2099_01 stands apart (January 2099)")
    assert "missing" not in coverage.summary
    years = {shown["month"].year for shown in coverage.tables["months"]}
    assert max(years - {2099}) < 2040, "no month of the years between is drawn"


@pytest.mark.parametrize(
    ("hours_left", "status"), [(73, "warning"), (72, "critical"), (1, "critical")]
)
def test_missing_next_month_becomes_critical_in_its_last_72_hours(
    hours_left: int, status: str, database18: Database
) -> None:
    after_last = database18.value(
        "select max(substring(pg_get_expr(relpartbound, 0) from 'TO \\(''([^'']+)')::date)"
        " from pg_class where relispartition"
    )
    turn = datetime(after_last.year, after_last.month, 1, tzinfo=UTC)
    report = glance(database18, now=turn - timedelta(hours=hours_left))
    assert report["partition_coverage"].status.word == status
    detail = worst_finding(report, "partition_coverage").detail
    assert f"has no partition for {after_last:%B %Y}, which begins in " in detail
