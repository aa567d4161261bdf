"""Can sql/setup be run again, over anything older, and where roles or rights are missing?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import errors

from tests.looking import look, statuses
from tests.servers import OWNER, SUPERUSER, Database, Server, setup_files
from tests.sql.guard_faults import FAULTS, GUARDS, UNKNOWN, break_guard
from tests.template import build_tables

ROUTINES = {
    "trg_sessions_set_created_month": "trigger",
    "trg_events_set_session_month_from_session": "trigger",
    "verify_partition_triggers_exist": "boolean",
    "watchtower_partition_drift_check_v1": "jsonb",
    "create_next_month_partitions": "jsonb",
}
# All that the setup makes or grants, as text, to be compared before and after.
STATE = """
select 'function', oid::regprocedure::text,  -- grants in any order: it says nothing
    array(select acl::text from unnest(proacl) as acl order by 1)::text || prosrc
    || coalesce(proconfig::text, '')
from pg_proc where pronamespace = 'public'::regnamespace
union all
select 'trigger', tgrelid::regclass::text || tgname, tgenabled::text || pg_get_triggerdef(oid)
from pg_trigger where tgname like any (array['sessions_set%', 'events_set%'])
union all
select 'relation', oid::regclass::text, relrowsecurity || coalesce(relacl::text, '')
from pg_class where relnamespace = 'public'::regnamespace
union all
select 'column', attrelid::regclass || '.' || attname, attacl::text
from pg_attribute where attacl is not null and attrelid::regclass::text !~ '^pg_|information'
union all
select 'policy', polrelid::regclass || '.' || polname, polcmd::text || polroles::text
from pg_policy
union all
select 'role', rolname, rolconnlimit::text || coalesce(rolconfig::text, '')
from pg_roles where rolname = 'watchtower'
order by 1, 2
"""
OLDER = """
create function create_next_month_partitions() returns void language sql as 'select';
create function create_next_month_partitions(ahead int default 1) returns void
    language sql as 'select';
create function verify_partition_triggers_exist() returns text language sql as $$ select 'yes' $$;
create function verify_partition_triggers_exist(loose boolean default true) returns boolean
    language sql as 'select true';
create function watchtower_partition_drift_check_v1() returns table (ok boolean)
    language sql as 'select true';
create function trg_sessions_set_created_month(int) returns int language sql as 'select 1';
create procedure trg_events_set_session_month_from_session() language sql as 'select 1';
create function trg_sessions_set_created_month() returns trigger language plpgsql as
    'begin return new; end';
create function watchtower_guard_fires(text) returns int language sql as 'select 1';
create trigger sessions_set_created_month before insert on sessions
    for each row execute function trg_sessions_set_created_month();
alter table sessions disable trigger sessions_set_created_month;
create table watchtower_checks (
    id uuid primary key default gen_random_uuid(), check_name text not null, ok boolean not null
);
insert into watchtower_checks (check_name, ok) values ('partition_drift_v1', true);
create policy watchtower_reads on sessions for all to public using (true);
"""
OVERLOADED = """
create function create_next_month_partitions(ahead int default 1) returns void
    language sql as 'select';
create function verify_partition_triggers_exist(loose boolean default true) returns boolean
    language sql as 'select true';
"""
SUPABASE_DEFAULTS = """
alter default privileges in schema public
    grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public
    grant all on functions to anon, authenticated, service_role;
"""
ON_PURPOSE = "set watchtower.replace_guards = 'yes';\n"
VERIFY = "select public.verify_partition_triggers_exist()"
ENABLED = """
select distinct tgenabled::text
from pg_trigger
where tgname = %s and tgrelid in (
    select %s::regclass union all select inhrelid from pg_inherits where inhparent = %s::regclass)
"""


@contextmanager
def away(server: Server, *roles: str) -> Iterator[None]:
    """The server without these roles for a while (they belong to all its databases)."""
    for role in roles:
        server.execute(f"alter role {role} rename to {role}_away")
    try:
        yield
    finally:
        for role in roles:
            server.execute(f"alter role {role}_away rename to {role}")


@contextmanager
def another_owner(server: Server, name: str, rights: str) -> Iterator[Database]:
    """A database with bare tables that belongs to somebody else."""
    server.execute(f"create role {name} login {rights}")
    try:
        with server.new_database(owner=name) as database:
            build_tables(database, name)
            yield database
    finally:
        server.execute(f"drop role {name}")


def assert_whole(database: Database) -> None:
    """Is everything there, once, with the right return type, and does it answer?"""
    made = database.rows(
        "select proname, prorettype::regtype::text from pg_proc where proname = any (%s)"
        " order by proname",
        [list(ROUTINES)],
        SUPERUSER,
    )
    assert made == sorted(ROUTINES.items())
    assert database.value(VERIFY, user=SUPERUSER) is True
    outcome = database.value("select create_next_month_partitions()", user=SUPERUSER)
    assert outcome["ok"], outcome
    answer = database.value("select watchtower_partition_drift_check_v1()", user=SUPERUSER)
    assert answer["ok"], answer


def test_runs_twice_and_changes_nothing(database: Database) -> None:
    before = database.rows(STATE)
    database.run_setup()
    assert database.rows(STATE) == before


def test_three_sessions_at_once_wait_for_each_other(database: Database) -> None:
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(database.run_setup) for _ in range(3)]:
            done.result()
    assert statuses(look(database)) == {}


def test_older_history_without_defaults_is_completed(database: Database) -> None:
    database.execute(
        "drop table public.watchtower_checks;"
        "create table public.watchtower_checks (id uuid primary key, check_name text, ok boolean);"
        "insert into public.watchtower_checks values (gen_random_uuid(), 'older', true)"
    )
    database.run_setup()
    assert statuses(look(database)) == {}
    needed = (
        "select bool_and(is_nullable = 'NO') from information_schema.columns"
        " where table_name = 'watchtower_checks'"
    )
    assert database.value(needed)


def test_older_history_with_a_nameless_row_says_so(database18: Database) -> None:
    database18.execute(
        "alter table public.watchtower_checks alter column check_name drop not null;"
        "insert into public.watchtower_checks (ok) values (true)"
    )
    said = " ".join(database18.run_setup())
    assert "rows of public.watchtower_checks have no check_name: delete or fill them" in said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("id bigint generated always as identity primary key", False),
        ("id bigint primary key", True),
    ],
)
def test_older_history_that_numbers_its_rows_ends_no_setup(
    number: str, said: bool, database18: Database
) -> None:
    database18.execute(
        "drop table public.watchtower_checks;"
        f"create table public.watchtower_checks ({number}, check_name text not null,"
        " ok boolean not null)"
    )
    notices = " ".join(database18.run_setup())
    assert ("watchtower_checks.id is of type bigint and has no default" in notices) is said


def test_runs_beside_a_writer(database: Database) -> None:
    """Where all is well already, no lock is asked for that an open transaction would hold up."""
    with database.connect(autocommit=False) as writer:
        writer.execute("insert into sessions (created_month) values (date_trunc('month', now()))")
        writer.execute("update events set site_id = null")
        database.run_setup()


def test_runs_beside_a_reader_and_a_writer_of_the_history(database: Database) -> None:
    """Neither is kept waiting, nor whoever comes after: no lock is asked for that they hold up."""
    history = [path for path in setup_files() if path.name in ("20_history.sql", "50_role.sql")]
    assert len(history) == 2
    with database.connect(autocommit=False) as reader, database.connect(autocommit=False) as writer:
        reader.execute("select count(*) from watchtower_checks")
        writer.execute("insert into watchtower_checks (check_name, ok) values ('unfinished', true)")
        for path in history:
            # Sooner than by the file's own lock_timeout, whatever it waits for.
            text = path.read_text(encoding="utf-8").replace("= '800ms'", "= '100ms'")
            assert "lock_timeout = '100ms'" in text
            database.execute(text)


def test_replaces_older_versions(bare: Database) -> None:
    bare.execute(OLDER)
    bare.execute(ON_PURPOSE + setup_files()[0].read_text(encoding="utf-8"))
    bare.run_setup()
    assert_whole(bare)
    assert bare.value("select count(*) from watchtower_checks where details = '{}'") == 1


def test_removes_overloads(database: Database) -> None:
    database.execute(OVERLOADED)
    with pytest.raises(errors.AmbiguousFunction):
        database.value(VERIFY)
    database.run_setup()
    assert_whole(database)


@pytest.mark.parametrize("table", GUARDS)
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"table is gone"}))
def test_repairs_a_broken_guard(lasting: Database, table: str, fault: str) -> None:
    lasting.execute(
        "drop schema if exists elsewhere cascade; drop function if exists other cascade"
    )
    break_guard(lasting, table, fault)
    assert lasting.value(VERIFY) is False
    said = lasting.run_file(setup_files()[0])
    if fault in UNKNOWN:
        assert "is left alone: it is switched on" in " ".join(said)
        assert lasting.value(VERIFY) is False
        said = lasting.execute(ON_PURPOSE + setup_files()[0].read_text(encoding="utf-8"))
    assert said == []
    assert lasting.value(VERIFY) is True
    assert lasting.rows(ENABLED, [GUARDS[table][0], table, table]) == [("O",)]


def test_repairing_keeps_what_was_enabled_always(database: Database) -> None:
    guard = GUARDS["sessions"][0]
    database.execute(
        f"alter table sessions enable always trigger {guard};"
        f"alter table sessions_default disable trigger {guard}"
    )
    database.run_file(setup_files()[0])
    told = database.rows(
        "select tgrelid::regclass::text, tgenabled::text from pg_trigger"
        " where tgname = %s and tgenabled <> 'A'",
        [guard],
    )
    assert told == [("sessions_default", "O")]


def test_without_the_roles_of_supabase(bare: Database) -> None:
    with away(bare.server, "anon", "authenticated", "service_role"):
        bare.run_setup()
        assert_whole(bare)


def test_default_privileges_of_supabase_open_nothing(bare: Database) -> None:
    bare.execute(SUPABASE_DEFAULTS)
    bare.run_setup()
    assert_whole(bare)
    open_functions = """
        select proname, rolname
        from pg_proc cross join pg_roles
        where pronamespace = 'public'::regnamespace
          and rolname in ('anon', 'authenticated')
          and has_function_privilege(rolname, pg_proc.oid, 'execute')
    """
    assert bare.rows(open_functions) == []
    open_tables = """
        select relname, rolname
        from pg_class cross join pg_roles
        where (relname ~ '^(sessions|events)_\\d' or relname = 'watchtower_checks')
          and relkind = 'r'
          and rolname in ('anon', 'authenticated')
          and has_any_column_privilege(rolname, pg_class.oid, 'select, insert, update, references')
    """
    assert bare.rows(open_tables) == []
    rights = "select has_table_privilege('service_role', 'watchtower_checks', %s)"
    allowed = [right for right in ("select", "insert", "update", "delete", "truncate")
               if bare.value(rights, [right])]  # fmt: skip
    assert allowed == ["select", "insert"]


def test_missing_tables_are_named(server: Server) -> None:
    says = {
        "10_guards.sql": r"^public.sessions does not exist: create the table",
        "40_rpcs.sql": r"^public.watchtower_guard_fires\(.*\) does not exist: run 10_guards",
        "50_role.sql": r"^public.sessions does not exist: run the earlier files",
    }
    with server.new_database() as empty:
        for path in setup_files():
            if path.name in says:
                with pytest.raises(psycopg.ProgrammingError, match=says[path.name]):
                    empty.run_file(path)
            else:
                empty.run_file(path)
        outcome = empty.value("select create_next_month_partitions()")
        assert [problem["problem"] for problem in outcome["problems"]] == [
            f"public.{table} does not exist" for table in GUARDS for _ in range(4)
        ]


def test_tables_that_are_not_partitioned(server: Server) -> None:
    with server.new_database() as plain:
        build_tables(plain)
        plain.execute(
            "create table s (like sessions including all); drop table sessions cascade;"
            "create table e (like events including all); drop table events cascade;"
            "alter table s rename to sessions; alter table e rename to events"
        )
        plain.run_setup()
        assert plain.value(VERIFY) is True
        assert plain.value("select watchtower_partition_drift_check_v1()")["ok"] is False
        outcome = plain.value("select create_next_month_partitions()")
        assert {problem["problem"] for problem in outcome["problems"]} == {
            "public.sessions is not partitioned",
            "public.events is not partitioned",
        }


def test_owner_who_may_not_create_roles(server: Server, servers: object) -> None:
    assert servers  # the role exists once the template does
    with another_owner(server, "humble", "nocreaterole") as database, away(server, "watchtower"):
        said = database.run_setup("humble")
        assert any(
            'have an administrator run "create role watchtower login"' in line for line in said
        )
        assert_whole(database)


def test_role_made_by_somebody_else(database: Database) -> None:
    server = database.server
    with another_owner(server, "stranger", "createrole") as other:
        said = other.run_setup("stranger")
        assert not [line for line in said if "administrator" in line]
        assert_whole(other)
        server.execute("alter role watchtower connection limit 99")
        try:
            said = other.run_setup("stranger")
        finally:
            server.execute("alter role watchtower connection limit 10")
        asked = [line for line in said if "alter role watchtower login connection limit 10" in line]
        # Since PostgreSQL 16 CREATEROLE reaches only the roles that one made oneself.
        assert bool(asked) is (server.version != "15")


def test_owner_is_no_superuser(database: Database) -> None:
    assert database.value("select rolsuper from pg_roles where rolname = %s", [OWNER]) is False
