"""Are rows with a null key counted, where no constraint forbids them, and the recent ones seen?"""

from __future__ import annotations

from tests.drifting import NULLABLE
from tests.looking import follow, look, statuses, worst_finding
from tests.servers import Database


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


def test_recent_nulls_are_seen_behind_many_older_ones(database18: Database) -> None:
    database18.execute(NULLABLE)
    database18.execute(
        """
        alter table public.events disable trigger events_set_session_month_from_session;
        insert into public.events (id, session_id, site_id, url, created_at)
        select gen_random_uuid(), s.id, s.site_id, '/', now() - age
        from (select * from public.sessions limit 1) as s, (
            select interval '90 days' as age from generate_series(1, 110000)
            union all
            select interval '1 hour' from generate_series(1, 50)) as t;
        alter table public.events enable trigger events_set_session_month_from_session;
        """
    )
    report = look(database18)
    for each in ("null_keys", "default_partition_rows"):
        assert worst_finding(report, each).status.word == "critical"
    assert "100,050 rows or more of" in worst_finding(report, "null_keys").detail
    strays = report["default_partition_rows"].failing()
    assert any("100,000 rows or more with a null key" in f.detail for f in strays)
    assert report["null_keys"].summary == "100,050 rows or more with a null key"
