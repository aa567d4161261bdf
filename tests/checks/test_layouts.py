"""What is said of wide, open and detached partitions, rows ahead, and other roles?"""

from __future__ import annotations

import re

import pytest

from tests.dealing import some
from tests.looking import check, follow, glance, look, statuses, worst_finding
from tests.servers import OWNER, Database

NOW = "date_trunc('month', now() at time zone 'UTC')::date"
WITHOUT_MONTHS = (
    "do $$ declare part text; begin"
    " for part in select inhrelid::regclass::text from pg_inherits"
    " where inhparent = 'public.events'::regclass loop"
    " execute format('drop table %s', part); end loop; end $$;"
)


def made(low: str, high: str) -> str:
    """One events partition with these bounds, SQL expressions or words."""
    return (
        "do $$ begin execute format('create table public.events_wide partition of public.events"
        f" for values from (%s) to (%s)', {low}, {high}); end $$;"
        "alter table public.events_wide enable row level security;"
    )


def day(months: int) -> str:
    """The first day of a month, counted from the current one, as a quoted literal."""
    return f"quote_literal(({NOW} + interval '{months} months')::date)"


def test_wide_archive_hides_no_month(database: Database) -> None:
    database.execute(WITHOUT_MONTHS + made("quote_literal('1870-01-01')", day(0)))
    report = look(database)
    details = [f.detail for f in report["partition_coverage"].failing()]
    assert any("the current month: its rows are refused" in detail for detail in details)
    assert any("which begins in" in detail for detail in details)
    assert any(row["state"] == "missing" for row in report["partition_coverage"].tables["months"])


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("'minvalue'", "'maxvalue'"),
        ("'minvalue'", day(3)),
        (day(-60), "'maxvalue'"),
        (day(-60), "quote_literal('infinity')"),
        ("quote_literal('-infinity')", "quote_literal('12000-01-01')"),
        ("quote_literal('0044-03-15 BC')", day(3)),
        ("quote_literal('0900-01-01')", "quote_literal('8000-01-01')"),
    ],
)
def test_open_and_very_wide_bounds_are_healthy(low: str, high: str, database: Database) -> None:
    database.execute(WITHOUT_MONTHS + made(low, high))
    result = check(database, "partition_coverage")
    assert result.status.word == "ok", result.findings


@pytest.mark.parametrize("table", ["events"])
@pytest.mark.parametrize("months", [0, 1])
def test_detached_month_is_attached_again(table: str, months: int, database: Database) -> None:
    database.execute(
        f"do $$ begin execute format('alter table public.{table} detach partition public.{table}_%s',"  # noqa: E501
        f" to_char({NOW} + interval '{months} months', 'YYYY_MM')); end $$;"
    )
    finding = check(database, "partition_coverage").failing()[0]
    assert " exists, detached" in finding.detail
    assert "attach partition" in (finding.remedy or "")
    assert "create table" not in (finding.remedy or "")
    database.execute(
        f"insert into public.events (id, session_id, session_month, site_id, created_at)"
        f" select gen_random_uuid(), s.id, s.created_month, s.site_id, s.created_at"
        f" from public.sessions s where s.created_month = {NOW} limit 3"
    )
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


SWAPPED = """
alter table public.events rename to events_old;
create table public.events (like public.events_old) partition by range (session_month);
create table public.events_for_now partition of public.events default;
insert into public.events select * from public.events_old;
"""


def test_months_of_one_table_are_not_counted_as_those_of_the_other(database: Database) -> None:
    """The new table of a swap has all its rows in DEFAULT, those of months long gone as well."""
    database.execute(SWAPPED)
    report = look(database, OWNER)
    said = re.fullmatch(
        r"(\d+) of \1 months of public.sessions and 0 of 2 months of public.events are covered,"
        r" 2 missing",
        report["partition_coverage"].summary,
    )
    assert said, report["partition_coverage"].summary
    names = [f.remedy for f in report["default_partition_rows"].failing()]
    assert len(names) > 2
    assert all("-- rename public.events_2" in str(name) for name in names)


def test_row_dated_ahead_hides_no_outage(database: Database) -> None:
    database.execute(
        "delete from public.sessions where created_at > now() - interval '12 hours';"
        "insert into public.sessions (id, created_month, site_id, created_at)"
        " select gen_random_uuid(), (date_trunc($$month$$, (now() + interval $$20 days$$) at time zone $$UTC$$))::date, site_id, now() + interval $$20 days$$"  # noqa: E501
        " from public.sessions limit 1"
    )
    finding = check(database, "freshness").failing()[0]
    assert "the newest row of public.sessions is of" in finding.detail


@pytest.mark.parametrize(
    "lacking", some([(("events",),), (("sessions",),), (("events", "sessions"),)], 3)
)
def test_column_that_a_table_lacks_is_not_asked_for(
    lacking: tuple[str, ...], database: Database
) -> None:
    """The trigger goes with it, and comes back without it: in the setup, by the plan, in words."""
    for table in lacking:
        database.execute(f"alter table public.{table} drop column site_id cascade")
    report = look(database)
    if "events" in lacking:
        triggers = worst_finding(report, "guard_triggers")
        assert "events_set_session_month_from_session is missing" in triggers.detail
        assert "site_id" not in str(report["guard_triggers"].tables)
        follow(triggers.remedy, database)
    # What was there asks for the column with every event.
    follow(check(database, "guard_behaviour").failing()[0].remedy, database)
    assert statuses(look(database)) == {}
    database.execute("drop trigger events_set_session_month_from_session on public.events")
    database.run_setup()
    report = look(database)
    assert statuses(report) == {}
    for row in report["guard_triggers"].tables["triggers"]:
        assert row["difference"] == "", "what stands there is what is asked for"


def test_partition_of_the_months_name_that_holds_another_month(database18: Database) -> None:
    """It is told apart from a table that is no partition, and from one that is half detached."""
    last, before = (
        database18.value(
            "select to_char(date_trunc('month', now() at time zone 'UTC')"
            " - make_interval(months => %s), 'YYYY_MM')",
            [back],
        )
        for back in (1, 2)
    )
    database18.execute(
        f"alter table public.events detach partition public.events_{last};"
        f"alter table public.events_{last} rename to events_gone;"
        f"alter table public.events_{before} rename to events_{last}"
    )
    details = [found.detail for found in glance(database18)["partition_coverage"].failing()]
    words = f"public.events_{last} has the name of that month's partition and holds other months"
    assert [detail for detail in details if detail.endswith(f"; {words}")]
