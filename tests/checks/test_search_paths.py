"""Do rows that a search_path leads astray show, and where they cannot go astray, is nothing said?

Each time an ordinary role writes, and what became of its row is compared with what is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from lib.core.remedies import shown
from lib.core.results import Finding, Status
from tests.dealing import some
from tests.looking import check, follow
from tests.servers import OWNER, ROLE, SUPERUSER, Database

MAY_WRITE = """
grant insert on public.sessions, public.events to {role};
create policy writes on public.sessions for insert to {role} with check (true);
create policy writes on public.events for insert to {role} with check (true);
"""
NAMESAKE = """
create schema {schema};
create table {schema}.sessions (like public.sessions including defaults);
grant usage on schema {schema} to {role};
grant insert on {schema}.sessions to {role};
"""
WRITE = """
insert into sessions (id, created_month, site_id)
values (gen_random_uuid(), date_trunc('month', now() at time zone 'UTC')::date, gen_random_uuid());
"""
FLUSH = "select pg_stat_force_next_flush()"  # what was counted of it is seen at once
INGEST = (
    """
create function public.ingest() returns void language plpgsql security {rights}
set search_path = {schema}, public as $$ begin """
    + WRITE
    + "return; end $$"
)
PARTITIONED = """
create schema {schema};
create table {schema}.sessions (like public.sessions including defaults)
    partition by range (created_month);
create table {schema}.those partition of {schema}.sessions default;
grant usage on schema {schema} to {role};
grant insert on {schema}.sessions to {role};
"""
VIEW = """
create schema {schema};
create table {schema}.those (like public.sessions including defaults);
create view {schema}.sessions as select * from {schema}.those;
grant usage on schema {schema} to {role};
grant insert on {schema}.sessions to {role};
"""
CHANGED = """
create role {role}_group;
grant insert on public.sessions to {role}_group;
create policy writes_too on public.sessions for insert to {role}_group with check (true);
create schema {schema};
create table {schema}.sessions (like public.sessions including defaults);
grant usage on schema {schema} to {role}_group;
grant insert on {schema}.sessions to {role}_group;
revoke insert on public.sessions from {role};
alter role {role} noinherit;
grant {role}_group to {role};
alter role {role} set search_path = {schema}, public;
"""
CALLER = (
    NAMESAKE
    + "revoke insert on public.sessions from {role}; grant insert on public.sessions to owner;"
    "grant usage on schema {schema} to owner; grant insert on {schema}.sessions to owner;"
    "alter role {role} set search_path = {schema}, public;"
    "create function public.ingest() returns void language plpgsql security definer as"
    " $$ begin " + WRITE + "return; end $$; alter function public.ingest() owner to owner;"
)
# What is set up, what its role then sends, and of whom it must be said; {schema} is the role's name
# where it stands for "$user".
ASTRAY = [
    ("$user", NAMESAKE, WRITE, "of the whole server, which holds for {role}, comes to"),
    ("$user", PARTITIONED, WRITE, "of the whole server, which holds for {role}, comes to"),
    (
        "other",
        NAMESAKE + "alter role {role} set search_path = {schema}, public;",
        WRITE,
        "of the role {role} comes to {schema}.sessions before public.sessions",
    ),
    (
        "other",
        NAMESAKE + "alter role {role} in database {database} set search_path = {schema}, public;",
        WRITE,
        "of the role {role} in the database {database} comes to",
    ),
    (
        "other",
        NAMESAKE + "alter database {database} set search_path = {schema}, public;",
        WRITE,
        "of the database {database}, which holds for",
    ),
    (
        "other",
        VIEW + "alter role {role} set search_path = {schema}, public;",
        WRITE,
        "of the role {role} comes to the view {schema}.sessions before",
    ),
    (
        "other",
        NAMESAKE + INGEST.format(rights="definer", schema="{schema}"),
        "select public.ingest();",
        "of public.ingest(), whose text names sessions, comes to",
    ),
    (
        "other",
        NAMESAKE + INGEST.format(rights="invoker", schema="{schema}"),
        "select public.ingest();",
        "of public.ingest(), whose text names sessions, comes to",
    ),
    ("other", CALLER, "select public.ingest();", "of {role}, by which public.ingest() names"),
    (
        "other",
        CHANGED,
        "set role {role}_group;" + WRITE,
        "of the role {role}, which holds for {role}_group, comes to",
    ),
]
# What is set up, which role sends WRITE, and is its row refused? Else it is in public.sessions.
RIGHT = [
    ("$user", NAMESAKE + "revoke usage on schema {schema} from {role};", False),
    ("$user", NAMESAKE + "revoke insert on {schema}.sessions from {role};", True),
    (
        "other",
        NAMESAKE
        + "alter database {database} set search_path = {schema}, public;"
        + "alter role {role} set search_path = public; alter role owner set search_path = public;"
        + "alter role postgres in database {database} set search_path = public;",
        False,
    ),
    (
        "other",
        "create schema {schema}; create view {schema}.sessions as select * from public.sessions;"
        "grant usage on schema {schema} to {role}; grant insert on {schema}.sessions to {role};"
        "alter role {role} set search_path = {schema}, public;",
        False,
    ),
    (
        "other",
        NAMESAKE + "create function public.ingest() returns void language plpgsql"
        " security definer set search_path = {schema}, public as $$ begin "
        + WRITE.replace("into ", "into public.")
        + "return; end $$;",
        False,
    ),
]
GUARD = """
create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer {} as $$
begin
    select s.created_month into strict new.session_month from {} as s where s.id = new.session_id;
    return new;
end $$;
"""
EVENT = """
create temporary table sessions (id uuid, created_month date);
grant select on sessions to public;
insert into sessions select gen_random_uuid(), date_trunc('month', now() at time zone 'UTC')::date;
insert into public.events (id, session_month, session_id, url, created_at)
select gen_random_uuid(), created_month, id, '/temporary', now() from sessions;
"""
TEMPORARY = "select count(*) from public.events where url = '/temporary'"
COUNT = "select count(*) from public.sessions"


@pytest.fixture
def writer(database: Database) -> Iterator[str]:
    """A role of this test alone: roles belong to the whole server."""
    name = f"writer_{database.name}"
    database.execute(f"create role {name} login", user=SUPERUSER)
    database.execute(MAY_WRITE.format(role=name))
    yield name
    for role in (name, f"{name}_group"):
        if database.value("select to_regrole(%s)", [role]) is not None:
            database.execute(f"drop owned by {role}; drop role {role}", user=SUPERUSER)
    database.execute("alter role owner reset search_path", user=SUPERUSER)


def said(database: Database) -> Finding | None:
    """The one finding that is no note, the same to the owner and to the role."""
    by_owner, by_role = (
        check(database, "guard_settings", user).failing() for user in (OWNER, ROLE)
    )
    assert by_owner == by_role
    assert len(by_role) <= 1
    return by_role[0] if by_role else None


@pytest.mark.parametrize(("schema", "sql", "sent", "words"), some(ASTRAY, 2))
def test_rows_of_an_ordinary_writer_go_to_the_other_table(
    schema: str, sql: str, sent: str, words: str, database: Database, writer: str
) -> None:
    names = {
        "role": writer,
        "schema": writer if schema == "$user" else "st",
        "database": database.name,
    }
    database.execute(sql.format(**names), user=SUPERUSER)
    before = said(database)
    assert before is not None
    assert before.status is Status.WARNING
    assert words.format(**names) in before.detail
    rows = database.value(COUNT, user=SUPERUSER)
    database.execute(sent.format(**names) + FLUSH, user=writer)
    assert database.value(COUNT, user=SUPERUSER) == rows
    after = said(database)
    assert after is not None
    assert after.status is Status.CRITICAL
    assert after.detail == f"{before.detail}; rows have gone there"
    database.execute(shown(after.remedies), user=SUPERUSER)
    assert said(database) is None
    database.execute(sent.format(**names), user=writer)
    assert database.value(COUNT, user=SUPERUSER) == rows + 1
    database.execute(after.remedies[0].undo, user=SUPERUSER)
    assert said(database) == after


@pytest.mark.parametrize(("schema", "sql", "refused"), some(RIGHT, 2))
def test_nothing_is_said_where_no_row_goes_astray(
    schema: str, sql: str, refused: bool, database: Database, writer: str
) -> None:
    names = {
        "role": writer,
        "schema": writer if schema == "$user" else "st",
        "database": database.name,
    }
    database.execute(sql.format(**names), user=SUPERUSER)
    rows = database.value(COUNT, user=SUPERUSER)
    if refused:
        with pytest.raises(Exception, match="permission denied"):
            database.execute(WRITE, user=writer)
    else:
        database.execute(WRITE, user=writer)
    assert database.value(COUNT, user=SUPERUSER) == rows + (not refused)
    assert said(database) is None


@pytest.mark.parametrize("path", ["set search_path to 'public'", ""])
def test_guard_that_finds_a_temporary_table_is_a_note_while_the_foreign_key_refuses(
    path: str, database: Database, writer: str
) -> None:
    database.execute(GUARD.format(path, "sessions"))
    with pytest.raises(Exception, match="fk_events_session"):
        database.execute(EVENT, user=writer)
    assert said(database) is None
    (note,) = check(database, "guard_settings").findings
    assert note.detail.endswith("the foreign key refuses the month that comes of that")
    database.execute("alter table public.events drop constraint fk_events_session")
    found = said(database)
    assert found is not None
    assert found.status is Status.WARNING
    assert "a writer's temporary table sessions is found first" in found.detail
    database.execute(EVENT, user=writer)
    assert database.value(TEMPORARY, user=SUPERUSER) == 1
    follow(found.remedy, database)
    assert said(database) is None
    with pytest.raises(Exception, match="query returned no rows"):
        database.execute(EVENT, user=writer)
    database.execute(found.remedies[0].undo)
    assert said(database) == found


@pytest.mark.parametrize("path", ["set search_path = ''", "set search_path = public", ""])
def test_guard_that_names_the_schema_finds_no_temporary_table(
    path: str, database: Database, writer: str
) -> None:
    database.execute(GUARD.format(path, "public.sessions"))
    database.execute("alter table public.events drop constraint fk_events_session")
    with pytest.raises(Exception, match="query returned no rows"):
        database.execute(EVENT, user=writer)
    (finding,) = check(database, "guard_settings").findings
    assert finding.code == "holds"


TYPED = """
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = {} as $$
begin
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::{};
    return new;
end $$;
"""
OWN_TYPE = """
set datestyle = 'SQL, MDY';
create domain pg_temp.date as varchar(8);
insert into public.sessions (id, created_at, created_month)
values ('00000000-0000-4000-8000-00000000000a', '2019-12-05 00:00Z', '2020-12-01');
"""
KEY = "select created_month from public.sessions where created_at = '2019-12-05 00:00Z'"


@pytest.mark.parametrize(
    ("path", "type_name", "finds"),
    [
        ("''", "date", True),
        ("public", "date", True),
        ("''", "pg_catalog.date", False),
        ("public, pg_temp", "date", False),
    ],
)
def test_guard_that_finds_a_temporary_type_is_a_note(
    path: str, type_name: str, finds: bool, database: Database, writer: str
) -> None:
    database.execute(TYPED.format(path, type_name))
    database.execute(f"grant temporary on database {database.name} to {writer}", user=SUPERUSER)
    database.execute(OWN_TYPE, user=writer)
    assert database.value(KEY, user=SUPERUSER) == date(2020 if finds else 2019, 12, 1)
    assert said(database) is None
    codes = [finding.code for finding in check(database, "guard_settings").findings]
    assert codes == (["temporary_type_first"] if finds else ["holds"])
