"""Do rows in DEFAULT name the month that has no partition, and are they moved into it?"""

from __future__ import annotations

from tests.drifting import ALL_ROWS
from tests.looking import follow, look, worst_finding
from tests.servers import Database


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
