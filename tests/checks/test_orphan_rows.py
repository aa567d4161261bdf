"""Are events that do not find their session told apart, counted once, and never hidden?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.drifting import EARLIER_MONTH, GUARDS_OFF, GUARDS_ON
from tests.looking import check, follow, look, statuses
from tests.servers import Database


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


def test_doubled_sessions_count_an_event_once(database18: Database) -> None:
    database18.execute(
        "alter table public.events drop constraint fk_events_session;"
        "alter table public.sessions drop constraint sessions_pkey;"
    )
    count = sum(d["rows"] for d in check(database18, "orphan_rows").tables["days"])
    database18.execute("insert into public.sessions select * from public.sessions")
    days = check(database18, "orphan_rows").tables["days"]
    assert sum(d["rows"] for d in days) == sum(d["joined"] for d in days) == count


@pytest.mark.parametrize(
    "sql",
    [
        "drop policy watchtower_reads on public.sessions",
        "alter policy watchtower_reads on public.sessions using (site_id is null)",
        "create policy few on public.sessions as restrictive using (created_at < '2000-01-01')",
    ],
)
def test_no_event_is_lost_because_its_session_is_out_of_sight(database: Database, sql: str) -> None:
    database.execute(sql)
    since = datetime.now(UTC) - timedelta(days=1)
    found = check(database, "orphan_rows", since=since)
    assert {finding.status.word for finding in found.findings} == {"unknown"}, found.findings
    assert found.summary.startswith("not observed: row level security ")
    assert found.tables["days"] == found.tables["radius"] == found.tables["since"] == ()
