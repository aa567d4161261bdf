"""Does anything of ours run what a stranger made, with rights that the stranger has not?

The stranger may create in `public`, as everybody may in a database that came from before 15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import errors

from tests.dealing import some
from tests.servers import OWNER, SUPERUSER, Database, Server, setup_files
from tests.template import build_tables

STRANGER = "stranger"
BLOCK = re.compile(r"^-- What fires or is worked out.*?^\$strangers\$;$", re.MULTILINE | re.DOTALL)
HISTORY = (
    "create table public.watchtower_checks (id uuid primary key default gen_random_uuid(),"
    " check_name text not null, ok boolean not null, details jsonb not null default '{}',"
    " created_at timestamptz not null default now());"
)
# What springs says so in the error that comes back, for nothing here swallows it.
EVIL = """
create function public.evil() returns trigger language plpgsql as
    'begin raise exception ''ran as %'', current_user; end';
create function public.evil(anyelement) returns boolean language plpgsql immutable as
    'begin raise exception ''ran as %'', current_user; end';
"""
ARMED = "create trigger evil before insert on public.watchtower_checks for each row execute"
# By whom, and what: what stands where the setup would make something of ours.
MADE = {
    "table": (STRANGER, HISTORY),
    "table with a trigger": (STRANGER, f"{HISTORY} {ARMED} function public.evil()"),
    "view": (STRANGER, "create view public.watchtower_checks as select public.evil(1) as ok"),
    "materialized view": (
        STRANGER, "create materialized view public.watchtower_checks as select 1 as ok"),
    "sequence": (STRANGER, "create sequence public.watchtower_checks"),
    "name of the index": (
        STRANGER, "create table public.watchtower_checks_check_name_created_at_idx (id int)"),
    "table of a role that others are in, too": ("crowd", HISTORY),
    "rpc": (STRANGER, "create function public.verify_partition_triggers_exist() returns boolean"
                      " language sql as 'select public.evil(1)'"),
    "rpc that writes": (
        STRANGER, "create function public.watchtower_partition_drift_check_v1(int default 1)"
                  " returns jsonb language sql as 'select null::jsonb'"),
    "rpc of older databases": (
        STRANGER, "create function public.verify_current_events_partition_exists()"
                  " returns boolean language sql as 'select public.evil(1)'"),
    "routine": (STRANGER, "create procedure public.create_next_month_partitions()"
                          " language sql as 'select public.evil(1)'"),
    "helpers that the rpcs call": (
        STRANGER, "create function public.watchtower_guard_fires(text, text, text, text[])"
                  " returns boolean language sql as 'select public.evil(1)';"
                  "create function public.watchtower_month_is_covered(text, date)"
                  " returns boolean language sql as 'select public.evil(1)'"),
    "pg_cron": (STRANGER, "create schema cron; create function cron.schedule(text, text, text)"
                          " returns bigint language sql as 'select public.evil(1)::int'"),
    "pg_cron's jobs": (
        STRANGER, "create schema cron; create view cron.job as select public.evil(1)"),
    "trigger": (OWNER, f"{HISTORY} {ARMED} function public.evil()"),
    "rule": (OWNER, f"{HISTORY} create rule evil as on insert to public.watchtower_checks"
                    " do also select public.evil(new.ok)"),
    "rule into a stranger's table": (
        OWNER, f"{HISTORY} create rule evil as on insert to public.watchtower_checks"
               " do also insert into public.theirs values (1)"),
    "policy": (OWNER, f"{HISTORY} create policy evil on public.watchtower_checks"
                      " using (public.evil(ok))"),
    "policy that reads a stranger's view": (
        OWNER, f"{HISTORY} create policy evil on public.watchtower_checks"
               " using (exists (select from public.seen))"),
    "default": (OWNER, f"{HISTORY} alter table public.watchtower_checks"
                       " alter ok set default public.evil(1)"),
    "default from a sequence": (
        OWNER, f"{HISTORY} alter table public.watchtower_checks"
               " add n bigint default nextval('public.numbers')"),
    "index on an expression": (
        OWNER, f"{HISTORY} create index on public.watchtower_checks (public.evil(ok))"),
    "partial index": (
        OWNER, f"{HISTORY} create index on public.watchtower_checks (ok) where public.evil(ok)"),
    "check": (OWNER, f"{HISTORY} alter table public.watchtower_checks add check (public.evil(ok))"),
    "generated column": (
        OWNER, f"{HISTORY} alter table public.watchtower_checks"
               " add g boolean generated always as (public.evil(ok)) stored"),
    "domain": (OWNER, f"{HISTORY} alter table public.watchtower_checks add d public.theirs_too"),
    "operator": (OWNER, f"{HISTORY} alter table public.watchtower_checks"
                        " add check (check_name operator(public.=-=) check_name)"),
    "partition": (
        OWNER, "create table public.watchtower_checks (ok boolean) partition by list (ok);"
               "create table public.part partition of public.watchtower_checks default;"
               f"{ARMED.replace('watchtower_checks', 'part')} function public.evil()"),
    "child": (
        SUPERUSER, f"{HISTORY} create table public.child () inherits (public.watchtower_checks);"
                   " alter table public.child owner to stranger"),
    "server of a foreign part": (
        SUPERUSER, f"{HISTORY} create foreign data wrapper nothing; create server elsewhere"
                   " foreign data wrapper nothing; create foreign table public.child ()"
                   " inherits (public.watchtower_checks) server elsewhere;"
                   " grant usage on foreign data wrapper nothing to stranger;"
                   " alter server elsewhere owner to stranger"),
}  # fmt: skip
THEIRS = """
create table public.theirs (n int);
create sequence public.numbers;
create view public.seen as select 1 as one;
create domain public.theirs_too as int;
create function public.same(text, text) returns boolean language sql immutable as 'select true';
create operator public.=-= (leftarg = text, rightarg = text, function = public.same);
grant all on public.theirs, public.numbers, public.seen to public;
"""
# What 40_rpcs.sql misses first, where the files before it made nothing.
EARLIER = """
create or replace function public.watchtower_guard_fires(text, text, text, text[])
    returns boolean language sql as 'select true';
create or replace function public.watchtower_month_is_covered(text, date)
    returns boolean language sql as 'select true';
"""
GONE = """
drop schema if exists cron cascade;
drop owned by stranger, crowd cascade;
drop table if exists public.watchtower_checks cascade;
drop foreign data wrapper if exists nothing;
drop function if exists public.watchtower_guard_fires(text, text, text, text[]),
    public.watchtower_month_is_covered(text, date);
"""
THERE = """
select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace
union all
select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace
"""
MAY = "grant create on schema public to stranger, crowd; grant create on database {} to stranger"


@contextmanager
def strangers(server: Server) -> Iterator[Database]:
    """The guarded tables, and two roles that may create in public: one has the owner in it."""
    server.execute(f"create role {STRANGER} login; create role crowd login; grant crowd to {OWNER}")
    try:
        with server.new_database() as database:
            build_tables(database)
            yield database
    finally:
        server.execute(f"drop role {STRANGER}; drop role crowd")


@pytest.fixture(scope="module")
def hostile(server: Server) -> Iterator[Database]:
    """One database for what is planted, and taken away after each test."""
    with strangers(server) as database:
        yield database


@pytest.fixture
def planted(hostile: Database) -> Iterator[Database]:
    hostile.execute(MAY.format(hostile.name), user=SUPERUSER)
    hostile.execute(EVIL + THEIRS, user=STRANGER)
    yield hostile
    hostile.execute(GONE, user=SUPERUSER)


def refusal(database: Database, text: str, user: str) -> str:
    """Why does the file stop?"""
    with pytest.raises(errors.ObjectNotInPrerequisiteState) as stopped:
        database.execute(text, user=user)
    return str(stopped.value.diag.message_primary)


@pytest.mark.parametrize("plant", some(MADE, 2))
def test_setup_takes_over_nothing_of_a_strangers(plant: str, planted: Database) -> None:
    who, text = MADE[plant]
    planted.execute(text, user=who)
    if "month_is_covered" not in text:
        planted.execute(EARLIER)
    before = sorted(planted.rows(THERE))
    whose = "crowd" if who == "crowd" else STRANGER
    for user in (OWNER, SUPERUSER):
        for file in setup_files():
            said = refusal(planted, file.read_text(encoding="utf-8"), user)
            assert f"belongs to {whose}, a stranger here" in said, (file.name, said)
    assert sorted(planted.rows(THERE)) == before, "nothing was made"
    where = "cron" if "cron" in text else "public"
    assert re.match(rf"{where}\.\w+(\(\))? is not taken over: \w", said), said


def told(database: Database) -> list[str]:
    """What does the whole setup say of strangers?"""
    return [line for line in database.run_setup() if "stranger" in line]


# A closer match than PostgreSQL's own, whose arguments are "any": without a path of its own the
# file would call it.
NAMESAKES = """
create function public.{0} language plpgsql as
    $$ begin raise exception 'ran as %', current_user; end $$;
"""


def test_setup_calls_no_namesake_of_postgresqls_own(planted: Database) -> None:
    for head in (
        "unnest(text[]) returns setof text",
        "concat_ws(text, text) returns text",
        "jsonb_build_object(text, text) returns jsonb",
        "format(text, text) returns text",
    ):
        planted.execute(NAMESAKES.format(head), user=STRANGER)
    assert not told(planted)
    assert planted.value("select public.verify_partition_triggers_exist()") is True


def test_setup_knows_who_has_the_owners_rights_already(planted: Database) -> None:
    """A superuser's and a deputy's function give nobody more than they have."""
    planted.server.execute("create role deputy; grant owner to deputy")
    try:
        for whose in (SUPERUSER, "deputy"):
            planted.execute(
                f"{HISTORY} alter table public.watchtower_checks owner to {OWNER};"
                "create function public.fine() returns trigger language plpgsql as"
                " 'begin return new; end'; alter function public.fine() owner to "
                f"{whose}; {ARMED.replace('evil', 'fine')} function public.fine()",
                user=SUPERUSER,
            )
            assert not told(planted)
            planted.execute(
                "drop table public.watchtower_checks; drop function public.fine()", user=SUPERUSER
            )
    finally:
        planted.execute("drop owned by deputy", user=SUPERUSER)
        planted.server.execute("drop role deputy")


ON_GUARDED = """
create trigger zz after insert on public.events for each row execute function public.evil();
alter table public.events add d public.theirs_too;
"""


def test_setup_tells_strangers_on_the_guarded_tables(planted: Database) -> None:
    """That is their owner's to know: a notice, once a file, and what they made does not run."""
    planted.run_setup()
    planted.execute(ON_GUARDED)
    try:
        for file in setup_files():
            said = [line for line in planted.run_file(file) if "stranger" in line]
            assert [line.partition(": ")[2] for line in said] == [
                "function public.evil() belongs to stranger, a stranger here",
                "type public.theirs_too belongs to stranger, a stranger here",
            ], file.name
            assert said[0].startswith("what is written to or read from public.events runs with")
    finally:
        planted.execute("drop trigger zz on public.events; alter table public.events drop d")


def test_setup_tries_no_guard_that_may_mean_a_strangers_function(planted: Database) -> None:
    """An old guard, whose path is the writer's: the try would meet what stands in public."""
    planted.run_setup()
    planted.execute(
        "insert into public.sessions (created_at, created_month)"
        " values (now(), date_trunc('month', now() at time zone 'UTC'));"
        "create or replace function public.trg_events_set_session_month_from_session()"
        " returns trigger language plpgsql as $$ begin"
        " if evil(new.session_id) then null; end if; return new; end $$;"
        "comment on function public.trg_events_set_session_month_from_session() is null"
    )
    planted.execute(
        "create function public.evil(uuid) returns boolean language plpgsql as"
        " 'begin perform pg_advisory_lock(4711); return true; end'",
        user=STRANGER,
    )
    text = "set watchtower.replace_guards = 'yes';\n" + setup_files()[0].read_text("utf-8")
    with planted.connect() as connection:
        said: list[str] = []
        connection.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
        connection.execute(text.encode())
        held = connection.execute("select from pg_locks where locktype = 'advisory'").fetchall()
    assert held == []
    assert [line for line in said if "it is kept from now on, so that none is lost" in line]


def test_every_file_of_the_setup_looks_for_strangers() -> None:
    texts = [file.read_text(encoding="utf-8") for file in setup_files()]
    assert len({block for text in texts for block in BLOCK.findall(text)}) == 1
    assert all(len(BLOCK.findall(text)) == 1 for text in texts)
