"""Does following a remedy repair what it says, and leave every other row as it was?"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from lib.core.remedies import shown
from lib.remedies.moving import move_default_rows
from lib.remedies.new_months import make_months
from lib.repairs.plan import plan
from tests.drifting import (
    EARLIER_MONTH,
    GUARDS_OFF,
    GUARDS_ON,
    KEY_BACK,
    NOW_MONTH,
)
from tests.guards import EVENTS, SESSIONS
from tests.looking import check, follow, look, statuses, worst_finding
from tests.repairs.test_repairs import apply
from tests.servers import Database

TWICE = "11111111-1111-1111-1111-111111111111"
# One session id in two months, each with an event of its own: both are right.
IN_TWO_MONTHS = f"""
insert into public.sessions (id, created_month, site_id, created_at)
select '{TWICE}', month, md5('site')::uuid, month + interval '1 minute'
from (values ({NOW_MONTH}), ({EARLIER_MONTH})) as t (month);
insert into public.events (id, session_month, session_id, site_id, url, created_at)
select md5('right ' || month)::uuid, month, '{TWICE}', md5('site')::uuid, '/', now()
from (values ({NOW_MONTH}), ({EARLIER_MONTH})) as t (month);
"""


def whole(database: Database, table: str, key: str) -> dict[tuple[Any, ...], str]:
    """Every row of the table, without its key, and how often, by (id, the rest)."""
    rows = database.rows(
        f"select id, (to_jsonb(t) - '{key}')::text, array_agg({key}::text order by {key})::text"
        f" from public.{table} as t group by 1, 2"
    )
    return {row[:2]: row[2] for row in rows}


def differing(before: dict[Any, str], after: dict[Any, str]) -> dict[Any, tuple[str, str]]:
    """Which rows carry another key now? Fails where one was lost, doubled or altered."""
    assert before.keys() == after.keys()
    return {row: (before[row], after[row]) for row in before if before[row] != after[row]}


def test_events_repair_leaves_right_events_of_one_id_in_two_months(database: Database) -> None:
    database.execute(IN_TWO_MONTHS)
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select md5('wrong')::uuid, ({EARLIER_MONTH} - interval '1 month')::date, '{TWICE}',
            md5('site')::uuid, '/', now();
        {GUARDS_ON}
        """
    )
    before = whole(database, "events", "session_month")
    sessions = whole(database, "sessions", "created_month")
    follow(check(database, "orphan_rows").failing()[0].remedy, database)
    changed = differing(before, whole(database, "events", "session_month"))
    assert len(changed) == 1, "the wrong one alone"
    ((_, after),) = changed.values()
    assert after == "{" + str(database.value(f"select {NOW_MONTH}")) + "}", "its own month first"
    assert differing(sessions, whole(database, "sessions", "created_month")) == {}
    database.execute(KEY_BACK)


def test_sessions_repair_moves_one_of_two_months_with_its_own_events(database: Database) -> None:
    older = f"({EARLIER_MONTH} - interval '1 month')::date"
    database.execute(IN_TWO_MONTHS)
    database.execute(
        f"delete from public.sessions where id = '{TWICE}' and created_month = {NOW_MONTH}"
    )
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.sessions (id, created_month, site_id, created_at)
        values ('{TWICE}', {older}, md5('site')::uuid, now() - interval '1 minute');
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        values (md5('follows')::uuid, {older}, '{TWICE}', md5('site')::uuid, '/', now());
        {GUARDS_ON} {KEY_BACK}
        """
    )
    events = whole(database, "events", "session_month")
    sessions = whole(database, "sessions", "created_month")
    follow(check(database, "wrong_keys").failing()[0].remedy, database)
    assert len(differing(sessions, whole(database, "sessions", "created_month"))) == 1
    (moved,) = differing(events, whole(database, "events", "session_month"))
    assert moved[0] == database.value("select md5('follows')::uuid")
    assert "wrong_keys" not in statuses(look(database))


def test_rows_whose_place_is_taken_stay_and_the_others_are_repaired(database: Database) -> None:
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.sessions (id, created_month, site_id, created_at)
        select '{TWICE}', month, gen_random_uuid(), now()
        from (values ({NOW_MONTH}), ({EARLIER_MONTH})) as t (month);
        insert into public.sessions (id, created_month, site_id, created_at)
        select md5('free')::uuid, {EARLIER_MONTH}, gen_random_uuid(), now();
        -- these two sessions could move, but their events' places are taken
        insert into public.sessions (id, created_month, site_id, created_at)
        select md5('held')::uuid, {EARLIER_MONTH}, gen_random_uuid(), now();
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select md5('double')::uuid, month, md5(name)::uuid, gen_random_uuid(), '/', now()
        from (values ({EARLIER_MONTH}, 'held'), ({NOW_MONTH}, 'session 1')) as t (month, name);
        update public.events set session_id = (
            select id from public.sessions where created_month = {NOW_MONTH}
            order by created_at limit 1)
        where id = md5('double')::uuid and session_month = {NOW_MONTH};
        {GUARDS_ON} {KEY_BACK}
        """
    )
    sessions = whole(database, "sessions", "created_month")
    events = whole(database, "events", "session_month")
    remedy = check(database, "wrong_keys").failing()[0].remedy
    follow(remedy, database)
    (moved,) = differing(sessions, whole(database, "sessions", "created_month"))
    assert moved[0] == database.value("select md5('free')::uuid")
    assert differing(events, whole(database, "events", "session_month")) == {}
    assert check(database, "wrong_keys").failing()[0].detail.startswith("2 rows")
    shown = database.rows("select" + (remedy or "").rpartition("\nselect")[2])
    assert len(shown) == 2, "the last query shows them"
    assert apply(database).failed == (), "they keep no other row of their batch from its place"
    assert differing(events, whole(database, "events", "session_month")) == {}


def test_events_whose_place_is_taken_stay(database: Database) -> None:
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select md5('double')::uuid, month, s.id, s.site_id, '/', now()
        from (select * from public.sessions order by created_at desc limit 1) as s,
            lateral (values (s.created_month), ({EARLIER_MONTH})) as t (month);
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select md5('free')::uuid, {EARLIER_MONTH}, s.id, s.site_id, '/', now()
        from public.sessions as s order by created_at desc limit 1;
        {GUARDS_ON}
        """
    )
    before = whole(database, "events", "session_month")
    follow(check(database, "orphan_rows").failing()[0].remedy, database)
    (moved,) = differing(before, whole(database, "events", "session_month"))
    assert moved[0] == database.value("select md5('free')::uuid")


MISSING = "(date_trunc('month', now() at time zone 'UTC') - interval '20 months')::date"
IN_DEFAULT = f"""
insert into public.sessions (id, created_month, site_id, created_at)
select md5(n::text)::uuid, null, gen_random_uuid(), {MISSING} + n * interval '1 day'
from generate_series(1, 3) as n;
insert into public.events (id, session_month, session_id, site_id, url, created_at)
select gen_random_uuid(), null, md5(n::text)::uuid, gen_random_uuid(), '/',
    {MISSING} + n * interval '1 day'
from generate_series(1, 3) as n;
"""


def strangers(database: Database) -> int:
    """How many relations of public does a stranger hold a right to, by name or as PUBLIC?"""
    return int(
        database.value(
            "select count(*) from pg_class, aclexplode(relacl) where relname like '%s_20%'"
            " and grantee::regrole::text in ('-', 'anon', 'authenticated')"
        )
    )


def test_default_rows_move_without_a_foreign_key_and_by_another_name(database: Database) -> None:
    database.execute("alter default privileges in schema public grant all on tables to public")
    database.execute(
        f"alter table public.sessions_default rename to leftover;"
        f"alter table public.events drop constraint fk_events_session; {IN_DEFAULT}"
    )
    before = whole(database, "sessions", "created_month")
    finding = check(database, "default_partition_rows").failing()[0]
    follow(finding.remedy, database)
    assert differing(before, whole(database, "sessions", "created_month")) == {}
    assert database.value("select count(*) from public.leftover") == 0
    assert strangers(database) == 0
    assert database.value("select count(*) from pg_constraint where conname like 'fk_events%'") == 0


def test_a_detached_table_of_that_name_stops_the_move_with_words(database: Database) -> None:
    database.execute(IN_DEFAULT)
    name = database.value(f"select 'sessions_' || to_char({MISSING}, 'YYYY_MM')")
    database.execute(f"create table public.{name} (like public.sessions)")
    before = whole(database, "sessions", "created_month")
    finding = check(database, "default_partition_rows").failing()[0]
    with pytest.raises(psycopg.errors.DuplicateTable, match="exists already: attach it"):
        follow(finding.remedy, database)
    assert differing(before, whole(database, "sessions", "created_month")) == {}


ANOTHERS = {
    "a partition of another table": "create table public.sessions_old (like public.sessions)"
    " partition by range (created_month); create table public.{0} partition of public.sessions_old"
    " for values from ('2000-01-01') to ('2000-02-01')",
    "a child of another table": "create table public.sessions_old (like public.sessions);"
    " create table public.{0} () inherits (public.sessions_old)",
    "a view": "create view public.{0} as select * from public.sessions",
}


@pytest.mark.parametrize("what", ANOTHERS)
def test_what_has_the_months_name_and_cannot_be_its_partition_is_to_be_renamed(
    database: Database, what: str
) -> None:
    """As after a swap of renamed tables, whose partitions kept their names."""
    database.execute(IN_DEFAULT)
    before = whole(database, "sessions", "created_month")
    month = database.value(f"select {MISSING}")
    name = f"public.sessions_{month:%Y_%m}"
    database.execute(ANOTHERS[what].format(name.removeprefix("public.")))
    report = look(database)
    remedy = worst_finding(report, "default_partition_rows").remedy
    assert remedy == f"-- rename {name}: the partition of that month needs its name"
    assert not any(name in action.sql for action in plan(report).actions)
    said = "exists already" if what == "a view" else "is a partition of sessions_old: rename it"
    with pytest.raises(psycopg.errors.DuplicateTable, match=said):
        follow(shown(move_default_rows(SESSIONS, month, "public.sessions_default")), database)
    database.execute(f"alter table {name} rename to of_the_old_one")
    follow(check(database, "default_partition_rows").failing()[0].remedy, database)
    left = [each.subject for each in check(database, "default_partition_rows").failing()]
    assert left == ["public.events"]
    assert differing(before, whole(database, "sessions", "created_month")) == {}


def test_past_month_is_made_and_closed(database: Database) -> None:
    month = database.value(f"select {EARLIER_MONTH}")
    database.execute("alter default privileges in schema public grant all on tables to public")
    database.execute(f"drop table public.events_{month:%Y_%m}")
    remedy = shown(make_months(EVENTS, month, month))
    follow(remedy, database)
    follow(remedy, database)
    assert check(database, "partition_coverage").status.word == "ok"
    assert strangers(database) == 0


def test_securing_a_partition_needs_no_role_of_that_name(database: Database) -> None:
    relation = database.value(f"select 'events_' || to_char({EARLIER_MONTH}, 'YYYY_MM')")
    database.execute(
        f"alter table public.{relation} disable row level security;"
        f"grant select on public.{relation} to public"
    )
    follow(check(database, "partition_security").failing()[0].remedy, database)
    assert check(database, "partition_security").status.word == "ok"
    assert strangers(database) == 0


def test_an_event_of_the_next_month_in_default_has_a_right_key(database: Database) -> None:
    database.execute(
        f"""
        insert into public.sessions (id, created_month, site_id, created_at)
        select md5('late')::uuid, null, gen_random_uuid(),
            {MISSING} + interval '5 months' - interval '1 minute';
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), null, md5('late')::uuid, gen_random_uuid(), '/',
            {MISSING} + interval '6 months';
        """
    )
    for finding in check(database, "default_partition_rows").failing():
        assert "which has no partition" in finding.detail
        follow(finding.remedy, database)
    assert check(database, "default_partition_rows").status.word == "ok"


def test_session_with_a_wrong_key_in_default_is_never_moved(database: Database) -> None:
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.sessions (id, created_month, site_id, created_at)
        values (gen_random_uuid(), '2001-01-01', gen_random_uuid(), '2003-05-05'),
            (gen_random_uuid(), 'infinity', gen_random_uuid(), now() - interval '1 hour'),
            (gen_random_uuid(), '9999-12-01', gen_random_uuid(), '9999-12-02'),
            (gen_random_uuid(), 'infinity', gen_random_uuid(), 'infinity');
        {GUARDS_ON}
        """
    )
    said = [finding.detail for finding in check(database, "default_partition_rows").failing()]
    assert sum("1 row with the key of" in words for words in said) == 2, said
    assert any("with the key of January 2001 and the clock of May 2003" in s for s in said)
    for finding in check(database, "default_partition_rows").failing():
        follow(finding.remedy, database)


def test_summaries_do_not_claim_what_was_not_seen(database18: Database) -> None:
    database18.execute(
        "drop policy watchtower_reads on public.sessions;"
        "drop policy watchtower_reads on public.events"
    )
    report = look(database18)
    for each in ("default_partition_rows", "wrong_keys", "orphan_rows"):
        assert report[each].summary.startswith("not observed: "), report[each].summary
