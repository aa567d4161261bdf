"""Can a caller make the definer routines run code of the caller's with the owner's rights?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.servers import ROLE, Database, setup_files

RPCS = (
    "public.create_next_month_partitions()",
    "public.verify_partition_triggers_exist()",
    "public.watchtower_partition_drift_check_v1()",
)
FIELDS = ("oid", "relname", "relkind", "relrowsecurity", "relforcerowsecurity", "key",
          "default_partition")  # fmt: skip
# What the sprung trap does: says whose rights it ran with, and where they are the owner's
# it fails loudly as well.
TRAP = """
create function pg_temp.evil(value text) returns boolean language plpgsql as $$
begin
    if current_user <> session_user then
        raise warning 'ran as %', current_user;
        raise exception 'ran as %', current_user;
    end if;
    return true;
end
$$;
create domain pg_temp.dom as text check (pg_temp.evil(value));
create function pg_temp.evil(value date) returns boolean language sql as
    'select pg_temp.evil(value::text)';
create domain pg_temp.day as date check (pg_temp.evil(value));
create type pg_temp.moment as (nothing int);
create function pg_temp.evil_moment(pg_temp.moment) returns timestamptz language sql as
    $$ select now() where pg_temp.evil('x'::text) $$;
create cast (pg_temp.moment as timestamptz)
    with function pg_temp.evil_moment(pg_temp.moment) as implicit;
create function pg_temp.evil_month(pg_temp.moment) returns date language sql as
    $$ select now()::date where pg_temp.evil('x'::text) $$;
create cast (pg_temp.moment as date) with function pg_temp.evil_month(pg_temp.moment) as implicit;
create function pg_temp.evil_id(pg_temp.moment) returns uuid language sql as
    $$ select gen_random_uuid() where pg_temp.evil('x'::text) $$;
create cast (pg_temp.moment as uuid) with function pg_temp.evil_id(pg_temp.moment) as implicit;
"""
# Every type and relation of the system, masked by a temporary table.
MASKED = """
select typname from pg_type
where typnamespace = 'pg_catalog'::regnamespace
  and (typtype = 'p' or typtype = 'b' and typelem = 0 or typname like 'pg_%')
  and typname !~ '^_'
order by typname
"""
NEWEST = "select max(relname) from pg_class where relname ~ '^events_2' and relkind = 'r'"
HANG = {
    "sessions": "create trigger t before insert on mine for each row"
    " execute function public.trg_sessions_set_created_month()",
    "events": "create trigger t before insert on mine for each row"
    " execute function public.trg_events_set_session_month_from_session()",
}
GUARD_TRAPS = {
    "sessions, the month a domain": (
        "sessions", "created_at timestamptz, created_month pg_temp.day",
        "values (now(), null)"),
    "sessions, the moment a type with casts": (
        "sessions", "created_at pg_temp.moment, created_month date",
        "values (row(1)::pg_temp.moment, null)"),
    "events, the month a domain": (
        "events", "session_id uuid, session_month pg_temp.day, created_at timestamptz",
        "values ('{session}', null, now())"),
    "events, the month a type with casts": (
        "events", "session_id uuid, session_month pg_temp.moment, created_at timestamptz",
        "values ('{session}', row(1)::pg_temp.moment, now())"),
    "events, the session a type with casts": (
        "events", "session_id pg_temp.moment, session_month date, created_at timestamptz",
        "values (row(1)::pg_temp.moment, null, now())"),
    "events, the moment a type with casts": (
        "events", "session_id uuid, session_month date, created_at pg_temp.moment",
        "values (gen_random_uuid(), '1999-01-01', row(1)::pg_temp.moment)"),
}  # fmt: skip


@contextmanager
def attacker(database: Database) -> Iterator[tuple[psycopg.Connection[Any], list[str]]]:
    """The role watchtower with its trap set, and the notices that come back."""
    with database.connect(ROLE) as connection:
        said: list[str] = []
        connection.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
        connection.execute("set default_transaction_read_only = off; set statement_timeout = '60s'")
        connection.execute(TRAP)
        yield connection, said


@pytest.mark.parametrize("rpc", RPCS)
def test_a_temporary_table_named_record_runs_nothing(database: Database, rpc: str) -> None:
    newest = database.value(NEWEST)
    database.execute(f"drop table {newest}")
    with attacker(database) as (connection, said):
        columns = ", ".join(f"{field} pg_temp.dom" for field in FIELDS)
        connection.execute(f"create temp table record ({columns})")
        ((answer,),) = connection.execute(f"select {rpc}").fetchall()
    assert not [line for line in said if line.startswith("ran as")]
    if "create" in rpc:
        assert (answer["ok"], answer["made"]) == (True, [f"public.{newest}"])
    else:
        assert answer is True or answer["triggers_ok"] is True


@pytest.mark.parametrize("rpc", RPCS)
def test_masked_types_and_catalogs_run_nothing(database: Database, rpc: str) -> None:
    newest = database.value(NEWEST)
    database.execute(f"drop table {newest}")
    masked = [name for (name,) in database.rows(MASKED)]
    assert {"record", "text", "date", "jsonb", "bool", "pg_class", "timestamptz"} <= set(masked)
    with attacker(database) as (connection, said):
        for name in [*masked, "sessions", "events", "watchtower_checks", "boolean", "bigint"]:
            connection.execute(f'create temp table "{name}" (one pg_temp.dom, two pg_temp.day)')
        # Text, since this client asks for the types that it shows.
        ((answer,),) = connection.execute(f"select ({rpc})::pg_catalog.text").fetchall()
    assert not [line for line in said if line.startswith("ran as")]
    assert answer == "true" or '"ok": true' in answer
    assert "create" not in rpc or f"public.{newest}" in answer


@pytest.mark.parametrize("trap", GUARD_TRAPS)
def test_a_guard_on_a_table_of_the_callers_runs_nothing(lasting: Database, trap: str) -> None:
    table, columns, values = GUARD_TRAPS[trap]
    session = lasting.value("select id from sessions limit 1")
    with attacker(lasting) as (connection, said):
        connection.execute(f"create temp table mine ({columns}); {HANG[table]}")
        with pytest.raises(errors.DatatypeMismatch):
            connection.execute(f"insert into mine {values.format(session=session)}")
    assert not [line for line in said if line.startswith("ran as")]


def test_a_guard_serves_an_older_table_of_plain_types(database: Database) -> None:
    """An older copy may hold the moment without a time zone: its writers are not turned away."""
    database.execute(
        "create table older (created_at timestamp, created_month date);"
        "create trigger t before insert on older for each row"
        " execute function trg_sessions_set_created_month();"
        "grant insert on older to watchtower"
    )
    with database.connect(ROLE) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute("insert into older values ('2026-03-31 12:00', '1999-01-01')")
    assert str(database.value("select created_month from older")) == "2026-03-01"


def declared() -> list[tuple[str, str, str]]:
    """Which variables does a function of sql/setup declare: file, name and type?"""
    found = []
    for path in setup_files():
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        for body in re.findall(r"\bas \$(?:guard|routine|rpc)\$(.*?)\$(?:guard|routine|rpc)\$",
                               text, re.DOTALL):  # fmt: skip
            for section in re.findall(r"\bdeclare\b(.*?)\bbegin\b", body, re.DOTALL):
                for line in filter(str.strip, section.split(";")):
                    name, kind = line.split(":=")[0].split(None, 1)
                    found.append((path.name, name, kind.strip()))
    return found


def test_declared_types_are_qualified() -> None:
    assert len(declared()) >= 10
    assert [line for line in declared() if not line[2].startswith("pg_catalog.")] == []


def test_casts_are_qualified() -> None:
    for path in setup_files():
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        for body in re.findall(r"\bas \$(?:guard|routine|rpc)\$(.*?)\$(?:guard|routine|rpc)\$",
                               text, re.DOTALL):  # fmt: skip
            assert re.findall(r"::\s*(?!pg_catalog\.)\S+|\bcast\s*\(", body) == [], path.name
