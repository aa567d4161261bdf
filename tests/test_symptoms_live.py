"""Is what is said of a refused row true with the guard on and with the guard off?

Each message is provoked on a real server, beside the shipped guards and beside production's, and
pasted; what is said is held against how the guard really stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from lib.core.results import Report
from lib.runbook.symptoms import Symptom, diagnose
from tests.dealing import dealt
from tests.looking import look
from tests.real import OWNER_OF_TABLES, PARTITIONED
from tests.servers import OWNER, ROOT, SUPERUSER, Database, Server

GUARDS = {
    "sessions": "sessions_set_created_month",
    "events": "events_set_session_month_from_session",
}
OFF = "alter table public.{0} disable trigger {1}"
EMPTIED = (
    "create or replace function public.trg_{1}() returns trigger language plpgsql"
    " security definer set search_path = '' as $$ begin return new; end $$"
)
IN_EACH = ["on", "off", "emptied"]
STATES = pytest.mark.parametrize("state", IN_EACH)


def by_either_text(states: list[str]) -> pytest.MarkDecorator:
    """A guard in each of these states, of the shipped text and of production's."""
    return pytest.mark.parametrize(
        ("state", "owned"), dealt(states, ("shipped", "production")), indirect=["owned"]
    )


MONTH = "date_trunc('month', now() at time zone 'utc')::date"
TEN_BACK = f"({MONTH} - interval '10 months')::date"
SESSION = (
    "insert into public.sessions (site_id, created_month, created_at)"
    " select site_id, {month}, {moment} from public.sessions limit 1"
)
EVENT = (
    "insert into public.events (session_id, session_month, url)"
    " select {session}, {month}, '/' from (select id, created_month from public.sessions"
    " order by created_at desc limit 1) as s"
)
SEND = "The writer must send the month itself: PostgreSQL picks the partition before the guard runs"
NO_DEFAULT = (
    "alter table public.events drop constraint fk_events_session;"
    "alter table public.{0} detach partition public.{0}_default"
)


@pytest.fixture(params=["shipped", "production"])
def owned(
    request: pytest.FixtureRequest, server: Server, servers: Any, reference: Any
) -> Iterator[tuple[Database, str]]:
    """A database with either text of the guards, and the owner of its tables."""
    shipped = request.param == "shipped"
    made = servers(server.version)[1] if shipped else reference(PARTITIONED)
    with server.new_database(made.name) as fresh:
        yield fresh, OWNER if shipped else OWNER_OF_TABLES


def put(owned: tuple[Database, str], table: str, state: str) -> None:
    """Bring the table's guard into this state."""
    database, user = owned
    if state != "on":
        database.execute(
            (OFF if state == "off" else EMPTIED).format(table, GUARDS[table]), user=user
        )


def refused(owned: tuple[Database, str], statement: str, user: str = "") -> psycopg.Error:
    """What PostgreSQL says of it, at the latest when it is committed."""
    database, owner = owned
    with closing(database.connect(user or owner, autocommit=False)) as connection:
        try:
            connection.execute(statement)
            connection.commit()
        except psycopg.Error as error:
            return error
    raise AssertionError(f"it was taken: {statement}")


def pasted(error: psycopg.Error, report: Report | None = None) -> Symptom:
    """The one thing that is said of it."""
    (found,) = diagnose(f"ERROR:  {error.sqlstate}: {error}", report)
    return found


def both(owned: tuple[Database, str], error: psycopg.Error) -> tuple[Symptom, Symptom]:
    """What is said without a reading, and by that of a verification."""
    database, user = owned
    return pasted(error), pasted(error, look(database, user))


def blames(said: Symptom) -> bool:
    """Is the guard said to be at fault, or is one sent to put it back?"""
    return said.step in ("restore-triggers", "restore-functions")


@by_either_text(IN_EACH)
@pytest.mark.parametrize("table", ["sessions", "events"])
def test_null_key_without_default_is_the_writers(
    table: str, state: str, owned: tuple[Database, str]
) -> None:
    put(owned, table, state)
    owned[0].execute(NO_DEFAULT.format(table), user=owned[1])
    write = SESSION.format(month="null", moment="now()")
    error = refused(
        owned, write if table == "sessions" else EVENT.format(session="id", month="null")
    )
    assert error.sqlstate == "23514"
    alone, known = both(owned, error)
    for said in (alone, known):
        assert said.step == "repair-the-writer"
        assert said.cause.startswith(SEND)
    assert "whether one fires, the check tells" in alone.cause
    assert ("The guard fires: it is not at fault." in known.cause) is (state == "on")
    assert ("Its guard is also down" in known.cause) is (state != "on")


@by_either_text(IN_EACH)
def test_null_key_with_default(state: str, owned: tuple[Database, str]) -> None:
    """With the guard 0A000, without one 23502: the same write, the same writer's fault."""
    put(owned, "sessions", state)
    month = MONTH if owned[1] == OWNER else TEN_BACK  # one that has a partition
    error = refused(owned, SESSION.format(month="null", moment=f"{month} + interval '1 day'"))
    alone, known = both(owned, error)
    if state == "on":
        assert error.sqlstate == "0A000"
        assert alone == known
        assert alone.cause.startswith("The guard works")
        assert "the writer must send the month itself" in alone.cause
        assert alone.step == "repair-the-writer"
    else:
        assert error.sqlstate == "23502"
        assert "No guard set it" in alone.cause
        assert "is down by the last reading" in known.cause
        assert known.step == "restore-triggers"
        assert SEND in alone.cause
        assert SEND in known.cause


def test_null_key_where_triggers_are_off_for_the_writer_alone(owned: tuple[Database, str]) -> None:
    """The catalogs show a guard that fires: it is not blamed, and the writer is named."""
    write = SESSION.format(month="null", moment="now()")
    error = refused(owned, f"set local session_replication_role = replica; {write}", SUPERUSER)
    assert error.sqlstate == "23502"
    alone, known = both(owned, error)
    assert "session_replication_role" in alone.cause
    assert known.cause.startswith("Its guard fires by the last reading: it was down when")
    assert not blames(known)


@by_either_text(IN_EACH)
def test_event_of_an_unknown_session(state: str, owned: tuple[Database, str]) -> None:
    put(owned, "events", state)
    error = refused(owned, EVENT.format(session="gen_random_uuid()", month=MONTH))
    alone, known = both(owned, error)
    if state == "on":  # either guard refuses it, each in its own words
        if error.sqlstate == "P0001":
            assert "which its guard does not find" in alone.what
            assert "The guard fires, and refuses it rightly" in alone.cause
        else:
            assert error.sqlstate == "23503"
            assert "an event comes after its session" in str(error)
            assert alone.cause.startswith("The guard refuses it, rightly: send the session first.")
        assert not blames(alone)
        assert not blames(known)
        return
    assert error.sqlstate == "23503"
    assert "The session was never stored" in alone.cause
    assert "is down by the last reading" in known.cause
    assert blames(known)
    assert "never stored" in known.cause or "not stored" in known.cause


def test_event_of_an_unknown_session_that_the_guard_keeps(database: Database) -> None:
    """Then the foreign key refuses it at commit; the guard fires, and is not at fault."""
    guards = (ROOT / "sql/setup/10_guards.sql").read_text(encoding="utf-8")
    database.execute(f"set watchtower.unknown = 'keep';\n{guards}")
    owned = database, OWNER
    error = refused(owned, EVENT.format(session="gen_random_uuid()", month=MONTH))
    assert error.sqlstate == "23503"
    assert "fk_events_session" in str(error)
    alone, known = both(owned, error)
    assert "The session was never stored" in alone.cause
    assert "The guard fires by the last reading" in known.cause
    assert not blames(known)


@by_either_text(IN_EACH[1:])
def test_event_of_another_month_than_its_session(state: str, owned: tuple[Database, str]) -> None:
    put(owned, "events", state)
    error = refused(owned, EVENT.format(session="id", month=TEN_BACK))
    assert error.sqlstate == "23503"
    alone, known = both(owned, error)
    for said in (alone, known):
        assert "stands in another month" in said.cause
    assert blames(known)


def test_session_that_an_invoking_guard_does_not_see(production: Database) -> None:
    """The session is stored, and the guard says that it is not: that possibility is named."""
    owned = (production, OWNER_OF_TABLES)
    production.execute(
        "alter function public.trg_events_set_session_month_from_session() security invoker;"
        "create role writer_alone login; grant all on all tables in schema public to writer_alone;"
        "create policy writes on public.events for insert to writer_alone with check (true)",
        user=SUPERUSER,
    )
    try:
        session, month = production.rows(
            "select id, created_month from public.sessions limit 1", user=OWNER_OF_TABLES
        )[0]
        write = (
            "insert into public.events (session_id, session_month, url)"
            f" values ('{session}', '{month}', '/')"
        )
        error = refused(owned, write, "writer_alone")
    finally:
        production.execute("drop owned by writer_alone; drop role writer_alone", user=SUPERUSER)
    assert error.sqlstate == "P0001"
    assert "row security hides it" in pasted(error).cause


@by_either_text(IN_EACH)
def test_event_without_a_session(state: str, owned: tuple[Database, str]) -> None:
    put(owned, "events", state)
    error = refused(owned, EVENT.format(session="null", month=MONTH))
    alone, known = both(owned, error)
    assert alone == known
    assert (alone.step, "session_id" in alone.what) == ("repair-the-writer", True)


@by_either_text(IN_EACH)
def test_row_twice_is_no_guards_fault(state: str, owned: tuple[Database, str]) -> None:
    put(owned, "events", state)
    again = "insert into public.events select * from public.events limit 1"
    alone, known = both(owned, refused(owned, again))
    assert alone == known
    assert "stands in" in alone.what
    assert not blames(alone)


def test_second_unique_key_is_not_read_as_an_id(production: Database) -> None:
    owned = (production, OWNER_OF_TABLES)
    write = (
        "insert into public.events (session_id, session_month, url, ingest_dedup_id)"
        " select id, created_month, '/', '12341234-2026-1100-0000-000000000000'::uuid"
        " from (select * from public.sessions order by created_at desc limit 1) s"
    )
    production.execute(write, user=OWNER_OF_TABLES)
    error = refused(owned, write)
    assert error.sqlstate == "23505"
    assert "with the id" not in pasted(error).what
    assert pasted(error).step == "repair-the-writer"


@pytest.mark.parametrize("named", [True, False])
def test_call_without_a_month(named: bool, production: Database) -> None:
    """Its guard is healthy and fills only the month of a call that names a session."""
    session = "id" if named else "null"
    write = (
        "insert into public.calls (site_id, matched_session_id, session_created_month)"
        f" select site_id, {session}, null from public.sessions limit 1"
    )
    if named:
        production.execute(OFF.format("calls", "calls_enforce_session_created_month"),
                           user=OWNER_OF_TABLES)  # fmt: skip
    error = refused((production, OWNER_OF_TABLES), write)
    assert error.sqlstate == "23502"
    said = pasted(error)
    assert "only of a call that names a session" in said.cause
    assert "may be gone" in said.cause
    assert not blames(said)


@STATES
def test_row_that_no_policy_lets_in(state: str, production: Database) -> None:
    owned = (production, OWNER_OF_TABLES)
    put(owned, "events", state)
    write: Any = EVENT.format(session="gen_random_uuid()", month=MONTH)
    if state == "on":  # else the guard is asked first, and finds no such session
        id_ = production.value("select id from public.sessions limit 1", user=OWNER_OF_TABLES)
        write = (
            "insert into public.events (session_id, session_month, url)"
            f" values ('{id_}', {MONTH}, '/')"
        )
    else:
        write = write.replace("from (select id, created_month from public.sessions"
                              " order by created_at desc limit 1) as s", "")  # fmt: skip
    error = refused(owned, f"set local role anon; {write}", SUPERUSER)
    if error.sqlstate != "0A000":
        assert error.sqlstate == "42501"
        assert not blames(pasted(error, look(production, OWNER_OF_TABLES)))


def test_partition_of_a_plain_table(baseline: Database) -> None:
    owned = (baseline, OWNER_OF_TABLES)
    write = (
        "create table public.sessions_2031_05 partition of public.sessions"
        " for values from ('2031-05-01') to ('2031-06-01')"
    )
    error = refused(owned, write)
    assert error.sqlstate == "42P17"
    alone, known = both(owned, error)
    assert alone == known
    assert "another copy than production's, or the wrong database" in alone.cause
    assert not blames(alone)


def test_null_key_of_a_plain_table_sends_nobody_to_the_guards(baseline: Database) -> None:
    owned = (baseline, OWNER_OF_TABLES)
    alone, known = both(owned, refused(owned, SESSION.format(month="null", moment="now()")))
    assert "No guard set it" in alone.cause
    assert known.step == "is-it-the-right-database"


def test_the_finding_of_a_plain_database_is_read(baseline: Database) -> None:
    report = look(baseline, OWNER_OF_TABLES)
    detail = report["guard_triggers"].findings[0].detail
    for text in (f"critical: {detail}", detail):
        (found,) = diagnose(text)
        assert found.step == "is-it-the-right-database"


@by_either_text(IN_EACH)
def test_time_out_of_range_is_nobodys_guard(state: str, owned: tuple[Database, str]) -> None:
    put(owned, "sessions", state)
    error = refused(owned, SESSION.format(month=MONTH, moment="'2026-13-45'"))
    assert error.sqlstate == "22008"
    assert not [said for said in diagnose(f"ERROR:  22008: {error}") if blames(said)]
