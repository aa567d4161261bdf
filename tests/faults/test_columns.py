"""What comes of a guarded table whose columns, or which itself, is of a kind that nobody expected?

Never an exception: not in a verification, a refresh, another window or a plan.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from lib import verification
from lib.core.results import Report
from lib.db.database import Transaction
from tests.looking import glance, look, refreshed, watched
from tests.servers import OWNER, ROOT, SUPERUSER, Database

COLUMNS = {
    "sessions": {"id": "uuid", "created_month": "date", "created_at": "timestamptz"},
    "events": {
        "id": "uuid", "session_month": "date", "session_id": "uuid", "created_at": "timestamptz"},
    "calls": {
        "id": "uuid", "session_created_month": "date", "matched_session_id": "uuid",
        "matched_at": "timestamptz"},
}  # fmt: skip
# What the checks take for one: in all three tables it is of the same type.
MEANT = {"id": "uuid", "month": "date", "clock": "timestamptz"}
# A type, and its value of the row n: two rows in five are alike, and one is drifted.
KINDS = {
    "day": "current_date - n", "days": "array[current_date - n]", "text": "n::text",
    "bigint": "n", "numeric": "case n when 7 then 'NaN'::numeric else n end",
    "boolean": "n % 2 = 0", "jsonb": "to_jsonb(n)", "json": "to_json(n)", "bytea": "'\\x00'::bytea",
    "uuid": "md5(n::text)::uuid", "date": "current_date - n", "timestamp": "localtimestamp",
    "timestamptz": "now() - n * interval '10 hours'", "time": "time '24:00'",
    "interval": "n * interval '1 day'", "daterange": "daterange('-infinity', 'infinity')",
    "point": "point(n, n)", "uuid[]": "array[md5(n::text)::uuid]", "mood": "'sad'::mood",
    "pair": "row(n, '')::pair", '"char"': "'x'::\"char\"",
}  # fmt: skip
TYPES = """
create domain day as date; create domain days as date[];
create type mood as enum ('sad'); create type pair as (a int, b text);
grant usage on type day, days, mood, pair to watchtower;
drop table sessions, events cascade;
"""
UNORDERED = ("json", "point")  # no partition key is of such a type
CHEAP = (("month", "day"), "bounds that Python cannot hold")
PLAIN = [("month", kind) for kind in UNORDERED]


def made(meant: str, kind: str) -> str:
    """All three tables anew, with what is meant of this type, rows, and one row of nulls."""
    types = {MEANT[meant]: kind}
    texts = [TYPES]
    for table, columns in COLUMNS.items():
        own = {name: types.get(type_, type_) for name, type_ in columns.items()}
        key = next(name for name in own if name.endswith("month"))
        parts = own[key] not in UNORDERED and table != "calls"
        values = [
            "current_date - (n / 3)" if name == key and own[name] == "date" else KINDS[own[name]]
            for name in own
        ]
        texts += [
            f"create table {table} ({', '.join(map(' '.join, own.items()))})",
            f"partition by range ({key});" if parts else ";",
            f"create table {table}_default partition of {table} default;" if parts else "",
            f"insert into {table} select {', '.join(values)} from generate_series(1, 60) as n;",
            f"insert into {table} default values; grant select on {table} to watchtower;",
        ]
    return " ".join(texts)


def seen(database: Database, caplog: pytest.LogCaptureFixture) -> Report:
    """The verification; whatever else looks does so too, and no check meets with an exception."""
    caplog.set_level(logging.ERROR)
    report = look(database)
    glance(database)
    refreshed(database)
    with closing(watched(database.role_url)) as handle:
        verification.rows(handle, window_days=30)
        verification.triggers(handle)
        verification.examine(handle)
    assert not [record.exc_info for record in caplog.records if record.exc_info]
    assert report.row
    return report


@pytest.mark.parametrize(
    ("meant", "kind"),
    [
        pytest.param(meant, kind, marks=() if (meant, kind) in CHEAP else pytest.mark.everything)
        for meant in MEANT
        for kind in KINDS
        if kind != MEANT[meant]
    ],
)
def test_column_of_another_type(
    meant: str, kind: str, database18: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database18.execute(made(meant, kind))
    report = seen(database18, caplog)
    said = [found.detail for _, found in report.failing()]
    # A day is a date, and of plain tables nothing else is said.
    if meant != "id" and kind != "day" and (meant, kind) not in PLAIN:
        assert any(f"not {MEANT[meant]}" in each for each in said), "it says which column"


FOREIGN = "create foreign data wrapper nothing; create server away foreign data wrapper nothing;"
OTHERS: Mapping[str, str] = {
    "no row": "truncate sessions, events",
    "no partition": (
        "do $$ declare part regclass; begin for part in select inhrelid from pg_inherits"
        " where inhparent in ('events'::regclass, 'sessions'::regclass) order by inhparent desc"
        " loop execute format('drop table %s cascade', part); end loop; end $$"),
    "no sessions": "drop table sessions cascade",
    "no events": "drop table events cascade",
    "no tables": "drop table sessions, events",
    "a view": "alter table events rename to e; create view events as select * from e",
    "a materialized view": (
        "alter table events rename to e; create materialized view events as select * from e"),
    "a sequence": "drop table sessions cascade; create sequence sessions",
    "a type": "drop table sessions cascade; create type sessions as (id uuid)",
    "an index": (
        "drop table sessions cascade; create index sessions on watchtower_checks (ok)"),
    "a foreign table": (
        f"{FOREIGN} drop table events; create foreign table events (id uuid, session_month date,"
        " session_id uuid, created_at timestamptz) server away; grant select on events to public"),
    "a foreign partition": (
        f"{FOREIGN} alter table events drop constraint fk_events_session;"
        " alter table events drop constraint events_pkey; drop table events_default;"
        " create foreign table events_default partition of events default server away"),
    "partitions of partitions without any": (
        "create table later partition of events for values from ('2031-01-01') to ('2031-02-01')"
        " partition by hash (id)"),
    **{
        f"partitioned by {how}": (
            "drop table events; create table events (id uuid, session_month date,"
            f" session_id uuid, created_at timestamptz) partition by {how};"
            " grant select on events to watchtower")
        for how in ("list (session_month)", "hash (id)", "range (session_month, id)",
                    "range (date_trunc('month', created_at at time zone 'UTC'))")
    },
    **{
        f"no {column}": f"alter table {table} drop column {column} cascade"
        for table, column in (("sessions", "id"), ("sessions", "created_at"), ("events", "id"),
                              ("events", "session_id"), ("events", "created_at"))
    },
    "no month": (
        "drop table sessions cascade; create table sessions (id uuid, created_at timestamptz);"
        " grant select on sessions to watchtower"),
    **{
        f"{what} instead of the guard's function": (
            f"drop function trg_sessions_set_created_month cascade; create {what} "
            f"trg_sessions_set_created_month{text}")
        for what, text in {
            "procedure": "() language sql as 'select 1'",
            "aggregate": "(int) (sfunc = int4pl, stype = int)",
            "function": "() returns int language sql begin atomic select 1; end",
        }.items()
    },
    "moments that Python cannot hold": (
        "alter table events drop constraint fk_events_session;"
        "alter table sessions disable trigger user; alter table events disable trigger user;"
        "insert into sessions (id, created_month, created_at)"
        " select gen_random_uuid(), k::date, c::timestamptz"
        " from unnest(array['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31']) as k,"
        " unnest(array['infinity', '-infinity', '4713-01-01 BC', '294276-12-31', 'now']) as c;"
        "insert into events (session_id, session_month, created_at)"
        " select gen_random_uuid(), created_month, created_at from sessions"),
    "bounds that Python cannot hold": (
        "create table a partition of sessions for values from (minvalue) to ('-infinity');"
        "create table b partition of sessions for values from ('infinity') to (maxvalue);"
        "create table c partition of sessions for values from ('4713-01-01 BC') to ('0001-01-01')"),
    "months that there are not": (
        "create table sessions_9999_99 (like sessions); create table sessions_0000_00 (x int);"
        "create table events_99999999999_01 (like events); create view events_2032_01 as select 1"),
}  # fmt: skip

HEALTHY = ("no row", "bounds that Python cannot hold", "months that there are not")


@pytest.mark.parametrize(
    "what",
    [pytest.param(what, marks=() if what in CHEAP else pytest.mark.everything) for what in OTHERS],
)
def test_table_of_another_kind(
    what: str, database18: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Or an empty one, or none: what a check's SQL returns where nothing is there."""
    text = f"set client_min_messages = error; {OTHERS[what]}"
    database18.execute(text, user=SUPERUSER if FOREIGN in text else OWNER)
    report = seen(database18, caplog)
    assert report.ok is (what in HEALTHY), report.to_json()


# Something for each file of sql/checks to say, much of it of another kind than is usual.
BESIDE = """
create function helper() returns int language sql as 'select 1';
create function beside() returns trigger language plpgsql as
    'begin perform helper(); return new; end';
create trigger aa before insert or update on sessions for each row execute function beside();
create trigger zz before delete on events for each row execute function beside();
create rule more as on insert to events where false do also select 1;
alter table events alter created_at set default (now() at time zone 'utc');
alter table sessions alter created_at drop not null;
create policy many on events for select using (exists (select from sessions));
grant select on events to anon;
create schema partman; grant usage on schema partman to watchtower;
create table partman.part_config (parent_table name, automatic_maintenance int);
insert into partman.part_config values ('public.sessions', 7);
grant select on partman.part_config to watchtower;
create table sessions_2031_01 (like sessions);
alter table events drop constraint fk_events_session;
alter table events drop constraint events_pkey;
alter table events alter session_month drop not null;
alter table events disable trigger events_set_session_month_from_session;
alter table sessions disable trigger sessions_set_created_month;
create temp table moments as
    select m::date as month, c::timestamptz as moment
    from (select date_trunc('month', now() at time zone 'utc') - interval '3 months') as a (old),
    unnest(array['infinity', '-infinity', old::text, (old + interval '14 days')::text]) as m,
    unnest(array['yesterday', '-infinity', (old + interval '40 days')::text,
        (old + interval '20 days')::text]) as c;
insert into events (session_month, session_id, created_at)
    select month, gen_random_uuid(), moment from moments;
insert into events (session_id, created_at) values (gen_random_uuid(), now());
insert into sessions (created_month, created_at) select month, moment from moments;
insert into sessions (created_month, created_at) values ('2031-01-01', null);
create or replace function trg_sessions_set_created_month() returns trigger language plpgsql as
    'begin return null; end';
insert into watchtower_checks (check_name, ok, details)
    values ('partition_watchtower', true, '{"checks": {"check": 7, "findings": ["a", null]}}');
"""
# Where pg_cron is, no table is partitioned, a file of the setup made nothing, a stranger made much.
ELSEWHERE = {
    "guard_functions_seen",
    "maintenance_proven",
    "guard_settings_jobs",
    "guard_settings_paths",
    "maintenance_job",
    "outside_texts",
    "unwatched",
    "rpc_answers_absent",
    "strangers",
}


def test_everything_beside_at_once(
    database18: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file of sql/checks is asked, and answers with rows."""
    rows, answered = Transaction.rows, set()

    def heard(self: Transaction, name: str, *asked: Any, **values: Any) -> Any:
        found = rows(self, name, *asked, **values)
        if found and name.startswith("checks/"):
            answered.add(name.removeprefix("checks/"))
        return found

    assert look(database18).ok
    database18.execute(BESIDE)
    monkeypatch.setattr(Transaction, "rows", heard)
    seen(database18, caplog)
    look(database18, OWNER)
    assert not [record.exc_info for record in caplog.records if record.exc_info]
    files = {file.stem for file in (ROOT / "sql" / "checks").glob("*.sql")}
    assert files - answered == ELSEWHERE, sorted(files - answered)


def test_history_that_numbers_its_rows(database18: Database) -> None:
    """An older one, whose ids are no uuid: the setup leaves it, and rows go in and are found."""
    assert look(database18).ok
    database18.execute(
        "alter table watchtower_checks drop column id;"
        "alter table watchtower_checks add id bigint generated by default as identity primary key"
    )
    database18.run_setup()
    report = look(database18)
    assert (report.ok, report.unrecorded) == (True, None)
    assert database18.value("select ok from watchtower_checks where id = %s", (report.row,))
    assert refreshed(database18).ok
