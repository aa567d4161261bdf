"""Are drifted rows counted, told apart, and repaired as the remedy says?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.dealing import some
from tests.looking import check, follow, glance, look, statuses, worst_finding
from tests.servers import Database

GUARDS_OFF = """
alter table public.sessions disable trigger sessions_set_created_month;
alter table public.events disable trigger events_set_session_month_from_session;
alter table public.events drop constraint fk_events_session;
"""
GUARDS_ON = """
alter table public.sessions enable trigger sessions_set_created_month;
alter table public.events enable trigger events_set_session_month_from_session;
"""
KEY_BACK = """
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
"""
ALL_ROWS = """
select (select count(*) from public.sessions), (select count(*) from public.events),
    (select md5(string_agg(id::text || created_at::text, ',' order by id)) from public.sessions),
    (select md5(string_agg(id::text || session_id::text, ',' order by id)) from public.events)
"""
DRIFTED_KEYS = """
select (select count(*) from public.sessions
        where created_month <> date_trunc('month', created_at at time zone 'UTC')::date),
       (select count(*) from public.events as e join public.sessions as s on s.id = e.session_id
        where e.session_month <> s.created_month)
"""


def drift_sessions(database: Database, key: str, age: str = "2 hours", count: int = 3) -> None:
    """Insert sessions with this key, past the guard, each with two events of the same key."""
    database.execute(
        f"""
        {GUARDS_OFF}
        with made as (
            insert into public.sessions (id, created_month, site_id, created_at)
            select gen_random_uuid(), {key}, gen_random_uuid(), now() - interval '{age}'
            from generate_series(1, {count})
            returning id, created_month, created_at
        )
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), created_month, id, gen_random_uuid(), '/', created_at
        from made cross join generate_series(1, 2);
        {GUARDS_ON} {KEY_BACK}
        """
    )


# The window begins at midnight, UTC, so that days are whole.
RECENT = """
select count(*)::int from public.sessions
where created_at >= (date_trunc('day', now() at time zone 'UTC') - interval '7 days')
    at time zone 'UTC'
"""
# Wrong for a row of the last weeks on whatever day: last month's would be right on the 1st.
EARLIER_MONTH = "(date_trunc('month', now() at time zone 'UTC') - interval '2 months')::date"


def test_wrong_months_of_this_week_are_critical_and_repaired(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH)
    before = database.rows(ALL_ROWS)
    report = look(database)
    finding = worst_finding(report, "wrong_keys")
    assert finding.status.word == "critical"
    assert finding.detail.startswith("3 rows of public.sessions")
    share = 100 * 3 / database.value(RECENT)
    assert f"({share:.1f} % of the recent ones) carry a wrong created_month: " in finding.detail
    assert set(statuses(report)) == {"wrong_keys"}
    days = report["wrong_keys"].tables["days"]
    assert sum(day["wrong"] for day in days) == 3
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}
    assert database.rows(ALL_ROWS) == before
    assert database.rows(DRIFTED_KEYS) == [(0, 0)]


def test_key_that_is_not_the_first_of_a_month_is_wrong(database: Database) -> None:
    drift_sessions(database, "(date_trunc('month', now()) + interval '19 days')::date")
    finding = check(database, "wrong_keys").failing()[0]
    assert finding.status.word == "critical"
    assert "not the first of a month" in finding.detail
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_old_wrong_months_are_a_warning_with_their_count(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, age="200 days")
    report = look(database)
    finding = worst_finding(report, "wrong_keys")
    assert finding.status.word == "warning"
    assert finding.detail.startswith("3 rows of public.sessions, older than 7 days, ")
    assert report.ok
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_events_in_another_month_and_orphans_are_told_apart(database: Database) -> None:
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), {EARLIER_MONTH}, s.id, s.site_id, '/', now() - interval '1 hour'
        from public.sessions as s
        where s.created_month > {EARLIER_MONTH} limit 4;
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), date_trunc('month', now() at time zone 'UTC')::date,
            gen_random_uuid(), gen_random_uuid(), '/', now() - interval '1 hour'
        from generate_series(1, 2);
        {GUARDS_ON}
        """
    )
    report = look(database)
    wrong, orphans = report["orphan_rows"].failing()
    assert wrong.detail.startswith("4 rows of public.events")
    assert "have their session in another month (they say " in wrong.detail
    assert orphans.detail.startswith("2 rows of public.events")
    assert "have no session in any month" in orphans.detail
    assert set(statuses(report)) == {"orphan_rows", "foreign_key"}
    days = report["orphan_rows"].tables["days"]
    assert sum(day["lost"] for day in days) == 6
    assert sum(day["wrong_month"] for day in days) == 4
    assert sum(day["orphans"] for day in days) == 2

    follow(wrong.remedy, database)
    (left,) = check(database, "orphan_rows").failing()
    assert left.detail.startswith("2 rows of public.events")
    assert len(database.rows(orphans.remedy or "")) == 2


def test_old_event_out_of_its_month_is_found(database: Database) -> None:
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), {EARLIER_MONTH}, gen_random_uuid(), gen_random_uuid(), '/',
            now() - interval '100 days';
        {GUARDS_ON}
        """
    )
    finding = check(database, "orphan_rows").failing()[0]
    assert finding.status.word == "warning"
    assert finding.detail.startswith("1 row of public.events, older than 7 days, ")


NULLABLE = """
alter table public.events drop constraint fk_events_session;
alter table public.events drop constraint events_pkey;
alter table public.events alter column session_month drop not null;
"""


def test_null_keys_are_counted_where_no_constraint_forbids_them(database: Database) -> None:
    database.execute(NULLABLE)
    report = look(database)
    detail = report["null_keys"].findings[1].detail
    assert "no constraint forbids it: public.events.session_month is nullable" in detail
    assert report["null_keys"].status.word == "ok"
    database.execute(
        """
        alter table public.events disable trigger events_set_session_month_from_session;
        insert into public.events (id, session_id, site_id, url, created_at)
        select gen_random_uuid(), s.id, s.site_id, '/', now() - interval '1 hour'
        from public.sessions as s order by s.created_at desc limit 5;
        alter table public.events enable trigger events_set_session_month_from_session;
        """
    )
    report = look(database)
    finding = worst_finding(report, "null_keys")
    assert finding.status.word == "critical"
    assert finding.detail.startswith("5 rows of public.events have a null session_month")
    stray = worst_finding(report, "default_partition_rows")
    assert "holds 5 rows with a null key, 5 of them recent" in stray.detail
    assert stray.headline == "events_default holds 5 rows with a null key"
    assert "have a null session_month" in worst_finding(report, "orphan_rows").detail
    follow(finding.remedy, database)
    assert statuses(look(database)) == {"foreign_key": "critical", "key_constraints": "warning"}


def test_default_rows_of_a_missing_month_name_it_and_are_moved(database: Database) -> None:
    month = "date_trunc('month', now() at time zone 'UTC' - interval '20 months')::date"
    database.execute(
        f"""
        insert into public.sessions (id, created_month, site_id, created_at)
        select md5(n::text)::uuid, null, gen_random_uuid(), {month} + n * interval '1 day'
        from generate_series(1, 6) as n;
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), null, md5(n::text)::uuid, gen_random_uuid(), '/',
            {month} + n * interval '1 day'
        from generate_series(1, 6) as n;
        """
    )
    before = database.rows(ALL_ROWS)
    report = look(database)
    for finding in report["default_partition_rows"].failing():
        assert finding.status.word == "warning"
        assert "6 rows of " in finding.detail
        assert "which has no partition" in finding.detail
        follow(finding.remedy, database)
    after = look(database)
    assert after["default_partition_rows"].status.word == "ok"
    assert after["guard_triggers"].status.word == "ok"
    assert after["partition_security"].status.word == "ok"
    assert database.rows(ALL_ROWS) == before


def test_current_month_missing_is_critical_with_its_recent_rows(database: Database) -> None:
    month = "date_trunc('month', now() at time zone 'UTC')::date"
    database.execute(
        f"""
        do $$ begin
            execute format('drop table public.events_%s', to_char({month}, 'YYYY_MM'));
        end $$;
        insert into public.sessions (id, created_month, site_id, created_at)
        values (gen_random_uuid(), {month}, gen_random_uuid(), now());
        insert into public.events (id, session_id, site_id, url, created_at)
        select gen_random_uuid(), s.id, s.site_id, '/', s.created_at
        from public.sessions as s where s.created_month = {month} limit 3;
        """
    )
    report = look(database)
    coverage = worst_finding(report, "partition_coverage")
    assert coverage.status.word == "critical"
    assert "the current month: its rows go to the DEFAULT partition" in coverage.detail
    assert worst_finding(report, "default_partition_rows").status.word == "critical"
    assert "events_partition_ok false" in worst_finding(report, "rpc_answers").detail


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


BLIND = [
    (
        "drop policy watchtower_reads on public.events",
        "row level security hides every row of public.events from the role watchtower: no policy",
    ),
    (
        "alter policy watchtower_reads on public.events using (site_id is not null)",
        "row level security may hide rows of public.events from the role watchtower"
        " (watchtower_reads)",
    ),
    (
        "revoke select (created_at) on public.events from watchtower",
        "the role watchtower may not read created_at of public.events",
    ),
    (
        "revoke all on public.events from watchtower;"
        "revoke select (id, session_id, session_month, created_at, tableoid)"
        " on public.events from watchtower",
        "the role watchtower may not read id, session_month, session_id, created_at"
        " of public.events",
    ),
]


@pytest.mark.parametrize(("sql", "words"), some(BLIND, 2))
def test_a_role_that_cannot_see_gives_unknown_and_never_ok(
    sql: str, words: str, database: Database
) -> None:
    database.execute(sql)
    report = look(database)
    assert report.status.word == "unknown"
    assert worst_finding(report, "row_visibility").detail == words
    assert report["orphan_rows"].status.word == "unknown"
    assert report["wrong_keys"].status.word == "ok"
    assert report["null_keys"].status.word in ("ok", "unknown")
    follow(worst_finding(report, "row_visibility").remedy, database)
    assert statuses(look(database)) == {}


def test_no_right_to_the_schema_is_unknown_not_missing(database: Database) -> None:
    database.execute("revoke usage on schema public from public, watchtower", user="postgres")
    report = look(database)
    assert report["guard_triggers"].status.word == "ok"
    assert report["row_visibility"].status.word == "unknown"
    assert "may not use the schema public" in worst_finding(report, "row_visibility").detail
    assert report["orphan_rows"].status.word == "unknown"


def test_empty_tables_are_ok_with_a_note(database: Database) -> None:
    database.execute("truncate public.sessions, public.events")
    report = look(database)
    assert statuses(report) == {}
    words = "public.sessions is empty: nothing to judge yet"
    assert report["freshness"].findings[0].detail == words


def test_window_is_what_was_asked(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, age="20 days")
    assert check(database, "wrong_keys", window_days=7).status.word == "warning"
    assert check(database, "wrong_keys", window_days=30).status.word == "critical"


def test_a_table_too_slow_to_read_is_unknown_and_says_which_index(database18: Database) -> None:
    database18.execute(
        "create function public.slowly(at timestamptz) returns boolean language plpgsql"
        " security definer as $$ begin perform pg_sleep(0.1); return true; end $$;"
        "alter policy watchtower_reads on public.sessions using (public.slowly(created_at));"
        "grant execute on function public.slowly(timestamptz) to watchtower"
    )
    finding = check(database18, "wrong_keys").failing()[0]
    assert finding.status.word == "unknown"
    assert "PostgreSQL stopped the query after 2 s" in finding.detail
    printed = [line for (line,) in database18.rows(finding.remedy or "")]
    assert printed[-1] == "create index on sessions (created_at);", "after those of its partitions"
