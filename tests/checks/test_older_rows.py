"""Are older rows that are wrong within their own partition found, repeated, and never hidden?"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from lib import verification
from lib.checks import orphan_rows, wrong_keys
from lib.core.context import Context
from lib.core.results import Report
from tests.checks.test_accepted import accepting
from tests.guards import GUARDS
from tests.looking import follow, glance, look, statuses, watched, worst_finding
from tests.servers import SUPERUSER, Database

CHECK = "wrong_keys"


def old_days(database: Database, count: int = 3, age: str = "200 days") -> None:
    """Sessions of then whose key is a day within the right month, past the guard."""
    database.execute(
        "set session_replication_role = replica;"
        "insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', at at time zone 'UTC')::date + 9, at"
        f" from generate_series(1, {count}), (select now() - interval '{age}') as t (at)",
        user=SUPERUSER,
    )


def strangers(database: Database, count: int = 2, age: str = "200 days") -> None:
    """Events of then, in the right month, of sessions that are nowhere."""
    database.execute(
        "set session_replication_role = replica;"
        "insert into public.events (id, session_month, session_id, created_at)"
        " select gen_random_uuid(), date_trunc('month', at at time zone 'UTC'), gen_random_uuid(),"
        f" at from generate_series(1, {count}), (select now() - interval '{age}') as t (at)",
        user=SUPERUSER,
    )


def older(report: Report, check: str) -> str:
    """What is said of older rows?"""
    return "; ".join(f.detail for f in report[check].findings if f.subject.endswith(", older"))


def test_old_keys_within_their_month_are_found_and_repaired(database: Database) -> None:
    old_days(database)
    for user in ("watchtower", "owner"):
        report = look(database, user)
        assert statuses(report) == {CHECK: "warning"}
    finding = worst_finding(report, CHECK)
    assert finding.detail.startswith(
        "3 rows of public.sessions, older than 7 days, carry a wrong created_month in the right"
        " partition: "
    )
    assert ", not the first of a month (" in finding.detail
    (row,) = report[CHECK].tables["radius"]
    assert (row["rows"], len(row["samples"]), len(row["months"])) == (3, 3, 1)
    follow(finding.remedy, database)
    after = look(database)
    assert statuses(after) == {}
    assert older(after, CHECK).endswith("has a wrong created_month: all were read")


def test_old_events_without_a_session_are_counted_with_those_out_of_their_month(
    database: Database,
) -> None:
    strangers(database, 7)
    database.execute(
        "set session_replication_role = replica; update public.events set session_month ="
        " session_month - interval '1 month' where id = (select id from public.events"
        " where created_at < now() - interval '100 days' order by created_at desc limit 1)",
        user=SUPERUSER,
    )
    report = look(database)
    assert statuses(report) == {"orphan_rows": "warning"}
    finding = worst_finding(report, "orphan_rows")
    words = "8 rows of public.events, older than 7 days, do not find their session ("
    assert finding.detail.startswith(words)
    assert [row["rows"] for row in report["orphan_rows"].tables["radius"]] == [1, 7]
    assert len(report["orphan_rows"].tables["radius"][1]["samples"]) == 5
    follow(finding.remedy, database)
    again = worst_finding(look(database), "orphan_rows")
    assert again.detail.startswith("7 rows of public.events")


def test_a_refresh_repeats_it_and_says_from_when(database18: Database) -> None:
    old_days(database18)
    report = look(database18)
    proven = verification.proven(report)
    after = glance(database18, proven=proven)
    assert statuses(after) == {CHECK: "warning"}
    assert worst_finding(after, CHECK).detail == worst_finding(report, CHECK).detail
    assert verification.proven(after) == proven
    said = older(after, "orphan_rows")
    assert " finds its session: all were read on " in said
    unverified = glance(database18)
    assert statuses(unverified) == {}
    assert older(unverified, CHECK).endswith("none was read yet: a verification reads them")


def test_a_refresh_reads_what_has_grown_old_since(database18: Database) -> None:
    old_days(database18, age="3 days")
    strangers(database18, age="3 days")
    report = look(database18)
    assert report[CHECK].status.word == "critical"
    after = glance(database18, window_days=1, proven=verification.proven(report))
    for check in (CHECK, "orphan_rows"):
        assert after[check].status.word == "warning", older(after, check)
    with closing(watched(database18.role_url)) as handle:
        view = verification.rows(handle, window_days=1, proven=verification.proven(report))
    assert view[CHECK].status.word == "warning"
    wider = glance(database18, window_days=30, proven=verification.proven(report))
    assert wider[CHECK].status.word == "critical"
    assert len(wider[CHECK].failing()) == 1


def test_older_rows_are_accepted_by_their_number(database18: Database) -> None:
    old_days(database18, 1200)
    accepting(database18, CHECK, 1200)
    report = look(database18)
    assert statuses(report) == {}
    assert "; accepted by Ada on " in older(report, CHECK)
    assert statuses(glance(database18, proven=verification.proven(report))) == {}
    old_days(database18, 1)
    assert statuses(look(database18)) == {CHECK: "warning"}


# Slow to read by everything that is old, yet quick to find by the index. It does not sleep: on a
# moved day that is not cut short.
SLOW = """
create or replace function public.slowly(at timestamptz) returns boolean
language plpgsql security definer as $$ declare
    later timestamptz := clock_timestamp() + interval '50 ms';
begin
    if at < now() - interval '100 days' and current_query() like '%offset 0%' then
        while clock_timestamp() < later loop
        end loop;
    end if;
    return true;
end $$;
grant execute on function public.slowly(timestamptz) to watchtower;
alter policy watchtower_reads on public.{table} using (public.slowly(created_at));
"""
QUICK = "alter policy watchtower_reads on public.{table} using (true)"


def test_what_there_was_no_time_for_is_said(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong_keys, "_OLDER_SECONDS", 0.0)
    none = older(look(database18), CHECK)
    assert none.endswith("of the rest none was read (the time for it was used up)")

    for module in (wrong_keys, orphan_rows):
        monkeypatch.setattr(module, "_OLDER_SECONDS", 0.4)
    never_analyzed = "update pg_class set reltuples = -1 where relname ~ '^(sessions|events)_'"
    database18.execute(never_analyzed, user=SUPERUSER)
    old_days(database18, age="40 days")
    strangers(database18, age="40 days")
    for check, table in ((CHECK, "sessions"), ("orphan_rows", "events")):
        database18.execute(SLOW.format(table=table))
        report = look(database18)
        database18.execute(QUICK.format(table=table))  # hidden sessions say nothing of events
        newest = Context(GUARDS, report.checked_at).since - timedelta(microseconds=1)
        said = older(report, check)
        assert f" rows or more of public.{table}, older than 7 days, " in said
        assert f"through {newest:%B %Y} were read, those of " in said
        assert said.endswith(" were not (the time for it was used up)")
        assert report.duration_ms < 3000


def test_a_partition_that_came_later_was_not_read(database18: Database) -> None:
    proven = verification.proven(look(database18))
    database18.execute(
        "create table public.sessions_2019_03 partition of public.sessions"
        " for values from ('2019-03-01') to ('2019-04-01')"
    )
    said = older(glance(database18, proven=proven), CHECK)
    assert said.endswith("those of March 2019 were not (not there then)")
    assert older(look(database18), CHECK).endswith(": all were read")


def test_open_and_wide_partitions_are_read(database18: Database) -> None:
    database18.execute(
        "create table public.sessions_old partition of public.sessions"
        " for values from (minvalue) to ('2020-01-01');"
        "set session_replication_role = replica;"
        "insert into public.sessions (id, created_month, created_at) values"
        " (gen_random_uuid(), '2019-03-02', '2019-03-02Z'),"
        " (gen_random_uuid(), '2019-03-01', '2019-04-02Z'),"
        " (gen_random_uuid(), '2019-03-01', '2024-04-02Z')",
        user=SUPERUSER,
    )
    details = [finding.detail for finding in look(database18)[CHECK].failing()]
    assert details[0].startswith("1 row of public.sessions, older than 7 days, sits in the part")
    assert details[1].startswith("2 rows of public.sessions, older than 7 days, carry a wrong")
    assert "2019-03-02, not the first of a month; March 2019 (" in details[1]


def test_a_table_without_partitions_is_read_whole(database18: Database) -> None:
    database18.execute(
        "drop table public.events, public.sessions cascade;"
        "create table public.sessions (id uuid, created_month date, created_at timestamptz);"
        "insert into public.sessions values"
        " (gen_random_uuid(), '2025-03-05', '2025-03-09Z'),"
        " (gen_random_uuid(), '2025-03-01', '2025-03-09Z');"
        "create trigger sessions_set_created_month before insert or update of created_at,"
        " created_month on public.sessions for each row"
        " execute function public.trg_sessions_set_created_month();"  # else nothing is watched
        "grant select on public.sessions to watchtower"
    )
    said = older(look(database18), CHECK)
    assert said.startswith("1 row of public.sessions, older than 7 days, carries a wrong ")
