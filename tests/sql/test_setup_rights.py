"""Does the role watchtower see what the checks need, and can it do no more than that?"""

from __future__ import annotations

import pytest
from psycopg import errors

from tests.servers import ROLE, SUPERUSER, Database

READABLE = {
    "sessions": "id, created_month, site_id, created_at, tableoid",
    "events": "id, session_id, session_month, created_at, tableoid",
}
FORBIDDEN = (
    "insert into sessions (id, created_month, created_at) values (gen_random_uuid(), now(), now())",
    "insert into events (session_id, session_month) values (gen_random_uuid(), now())",
    "update sessions set created_at = created_at",
    "update events set session_month = session_month",
    "delete from sessions",
    "delete from events",
    "truncate events",
    "select site_id from events",
    "select url from events",
    "select * from sessions_default",
    "update watchtower_checks set ok = true",
    "delete from watchtower_checks",
    "truncate watchtower_checks",
    "create table public.mine (nothing int)",
    "drop trigger sessions_set_created_month on sessions",
    "alter table sessions disable trigger all",
    "select watchtower_make_partition('public.sessions', '2040-01-01')",
    "create role another",
)
INTERNAL = (
    "watchtower_guard_fires",
    "watchtower_guards",
    "watchtower_drift_answer",
    "watchtower_month_is_covered",
    "watchtower_make_partition",
    "watchtower_make_partitions",
)
GUARD_FUNCTIONS = (
    "trg_sessions_set_created_month",
    "trg_events_set_session_month_from_session",
)
RPCS = (
    "verify_partition_triggers_exist",
    "watchtower_partition_drift_check_v1",
    "create_next_month_partitions",
)


@pytest.mark.parametrize("table", READABLE)
def test_sees_every_row_through_the_parent(lasting: Database, table: str) -> None:
    query = f"select {READABLE[table]} from {table} order by id"
    seen = lasting.rows(query, user=ROLE)
    assert len(seen) > 100
    assert seen == lasting.rows(query, user=SUPERUSER)


def test_sees_rows_of_partitions_made_later(database: Database) -> None:
    database.execute(
        "select watchtower_make_partition('public.sessions', '2040-12-01');"
        "insert into sessions (created_at, created_month) values ('2040-12-05', '2040-12-01')"
    )
    query = "select count(*) from sessions where created_month = '2040-12-01'"
    assert database.value(query, user=ROLE) == 1


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_may_not(lasting: Database, statement: str) -> None:
    with lasting.connect(ROLE) as connection:
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)


def test_is_read_only_and_bounded_by_default(lasting: Database) -> None:
    with lasting.connect(ROLE) as connection, pytest.raises(errors.ReadOnlySqlTransaction):
        connection.execute("create temp table t (nothing int)")
    settings = "select current_setting('statement_timeout'), current_setting('lock_timeout')"
    assert lasting.rows(settings, user=ROLE) == [("10s", "1s")]
    limits = "select rolcanlogin, rolconnlimit, rolsuper, rolbypassrls, rolcreaterole from pg_roles"
    role = lasting.rows(f"{limits} where rolname = 'watchtower'")
    assert role == [(True, 10, False, False, False)]


def test_may_add_to_the_history_and_read_it(database: Database) -> None:
    with database.connect(ROLE, autocommit=False) as connection:
        connection.execute("set transaction read write")
        connection.execute(
            "insert into watchtower_checks (id, check_name, ok)"
            " values ('00000000-0000-0000-0000-000000000001', 'partition_watchtower', true)"
            " on conflict do nothing"
        )
        connection.commit()
        rows = connection.execute("select check_name, ok, details from watchtower_checks")
        assert rows.fetchall() == [("partition_watchtower", True, {})]


def test_may_call_the_rpcs(database: Database) -> None:
    with database.connect(ROLE, autocommit=False) as connection:
        connection.execute("set transaction read write")
        for rpc in RPCS:
            assert connection.execute(f"select {rpc}()").fetchone()


def test_may_try_the_guard_functions_on_a_temporary_table(lasting: Database) -> None:
    with lasting.connect(ROLE, autocommit=False) as connection:
        connection.execute("set transaction read write")
        connection.execute("create temp table probe (created_at timestamptz, created_month date)")
        connection.execute(
            "create trigger probe before insert on probe"
            " for each row execute function trg_sessions_set_created_month()"
        )
        key = connection.execute(
            "insert into probe values ('2026-03-31 23:30Z', '1999-01-01')"
            " returning created_month::text"
        )
        assert key.fetchone() == ("2026-03-01",)


@pytest.mark.parametrize("role", ["anon", "authenticated", "public"])
def test_nobody_else_may_call_anything(lasting: Database, role: str) -> None:
    names = [*RPCS, *INTERNAL, *GUARD_FUNCTIONS]
    query = "select proname from pg_proc where proname = any (%s)"
    assert {name for (name,) in lasting.rows(query, [names])} == set(names)
    open_to = f"{query} and has_function_privilege('{role}', oid, 'execute')"
    assert lasting.rows(open_to, [names]) == []


@pytest.mark.parametrize("role", ["service_role", ROLE])
def test_who_may_call_what(lasting: Database, role: str) -> None:
    query = (
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        f" and has_function_privilege('{role}', oid, 'execute')"
    )
    assert {name for (name,) in lasting.rows(query)} == {*RPCS, *GUARD_FUNCTIONS}


def test_every_rpc_and_guard_is_a_definer_with_an_empty_path(lasting: Database) -> None:
    query = (
        "select proname, prosecdef, 'search_path=\"\"' = any (proconfig)"
        " from pg_proc where proname = any (%s)"
    )
    names = [*RPCS, *GUARD_FUNCTIONS]
    assert sorted(lasting.rows(query, [names])) == sorted((name, True, True) for name in names)


def test_default_privileges_leave_the_helpers_to_their_owner(database: Database) -> None:
    roles = "anon, authenticated, service_role, public"
    database.execute(
        f"alter default privileges in schema public grant all on functions to {roles};"
        f"grant execute on all functions in schema public to {roles}"
    )
    database.run_setup()
    query = "select proname from pg_proc where proname = any (%s)"
    for role in roles.split(", "):
        open_to = f"{query} and has_function_privilege('{role}', oid, 'execute')"
        assert database.rows(open_to, [list(INTERNAL)]) == [], role
    test_who_may_call_what(database, "service_role")
    with database.connect(SUPERUSER) as connection:
        connection.execute("set role service_role")
        assert connection.execute("select verify_partition_triggers_exist()").fetchone() == (True,)


EXCESS = {
    "superuser bypassrls": ("is SUPERUSER, BYPASSRLS", "nosuperuser nobypassrls"),
    "createrole createdb replication": (
        "is CREATEROLE, CREATEDB, REPLICATION",
        "nocreaterole nocreatedb noreplication",
    ),
}


@pytest.mark.parametrize("rights", EXCESS)
def test_a_role_with_more_rights_than_it_needs_is_said(rights: str, database: Database) -> None:
    words, taken = EXCESS[rights]
    repair = f"alter role watchtower {taken}"
    database.server.execute(f"alter role watchtower {rights}")
    try:
        said = [line for line in database.run_setup() if "needs none of it" in line]
    finally:
        database.server.execute(repair)
    expected = (
        f'the role watchtower {words} and needs none of it: have an administrator run "{repair}"'
    )
    assert said == [expected]
    assert not [line for line in database.run_setup() if "needs none of it" in line]


def test_a_role_that_is_a_member_of_others_is_said(database: Database) -> None:
    database.server.execute(
        'create role "Big Readers"; grant "Big Readers", pg_monitor to watchtower'
    )
    repair = 'revoke "Big Readers", pg_monitor from watchtower'
    try:
        said = [line for line in database.run_setup() if "needs none of it" in line]
        database.server.execute(repair)
        again = [line for line in database.run_setup() if "needs none of it" in line]
    finally:
        database.server.execute('drop role "Big Readers"; revoke pg_monitor from watchtower')
    assert said == [
        'the role watchtower is a member of "Big Readers", pg_monitor and needs none of it:'
        f' have an administrator run "{repair}"'
    ]
    assert again == []


def test_a_broader_grant_of_old_is_taken_back(database: Database) -> None:
    database.execute("grant all on sessions, events, watchtower_checks to watchtower")
    database.run_setup()
    for statement in FORBIDDEN[:9]:
        test_may_not(database, statement)


def test_what_other_roles_were_granted_is_kept(database: Database) -> None:
    database.server.execute("create role ci")
    try:
        database.execute("".join(f"grant execute on function {rpc}() to ci;" for rpc in RPCS))
        database.run_setup()
        may = "select has_function_privilege('ci', %s, 'execute')"
        assert [database.value(may, [f"{rpc}()"]) for rpc in RPCS] == [True] * 3
    finally:
        database.execute("drop owned by ci", user=SUPERUSER)
        database.server.execute("drop role ci")
