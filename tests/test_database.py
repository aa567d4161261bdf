"""Does every way in which a database can be out of reach give a clear sentence, in time?"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from lib import verification
from lib.core.errors import DatabaseUnreachable, QueryFailed, SettingInvalid
from lib.db import connection
from lib.settings.settings import load, parse_url
from tests.looking import look, statuses, watched, worst_finding
from tests.proxy import proxied
from tests.servers import PORT, Database
from tests.standbys import standby_of
from tests.waiting import waits

SECRET = "s3cr3t-pa55word"


def verified(url: str) -> verification.Report:
    """The full verification, bounded as every face bounds it."""
    with closing(watched(url)) as handle:
        return verification.within(lambda: verification.verify(handle, who="t", face="t"))


def through(port: int, database: Database) -> str:
    return f"postgresql://watchtower:{SECRET}@127.0.0.1:{port}/{database.name}"


def socket_of(database: Database) -> Path:
    return database.server.sockets / f".s.PGSQL.{PORT}"


def test_port_where_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(DatabaseUnreachable) as caught:
        verified(f"postgresql://watchtower:{SECRET}@127.0.0.1:{port}/db")
    expected = f"The database at 127.0.0.1:{port} refuses the connection: nothing listens there."
    assert str(caught.value) == expected


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 64])
@pytest.mark.parametrize("options", ["", "?sslmode=disable"])
def test_server_of_another_kind_is_called_that(answer: bytes, options: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = other.accept()
                    with client:
                        client.recv(1024)
                        client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(DatabaseUnreachable, match="does not speak PostgreSQL"):
            verified(f"postgresql://u:{SECRET}@{address}/d{options}")
        other.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("target_session_attrs=foo", "has a value in its address that PostgreSQL does not know"),
        ("service=foo", "named by a service that this machine does not define"),
    ],
)
def test_options_that_cannot_be_are_named(options: str, words: str) -> None:
    with pytest.raises(DatabaseUnreachable, match=words):
        verified(f"postgresql://u:{SECRET}@127.0.0.1:1/d?{options}")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("read-write", "is read-only for this role: remove target_session_attrs"),
        ("standby", "the standby, that target_session_attrs wants"),
    ],
)
def test_asking_for_another_kind_of_server(wanted: str, words: str, database18: Database) -> None:
    with pytest.raises(DatabaseUnreachable, match=words):
        verified(f"{database18.role_url}&target_session_attrs={wanted}")


def test_host_that_never_answers_gives_up_within_ten_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()
        with pytest.raises(DatabaseUnreachable, match="does not answer"):
            verified(f"postgresql://watchtower:{SECRET}@127.0.0.1:{port}/db")
    assert time.monotonic() - started < 10


def test_name_that_does_not_resolve() -> None:
    with pytest.raises(DatabaseUnreachable, match="its name does not resolve"):
        verified(f"postgresql://watchtower:{SECRET}@nowhere.invalid/db")


def test_too_many_connections(database: Database) -> None:
    database.execute("alter role watchtower connection limit 0", user="postgres")
    try:
        with pytest.raises(DatabaseUnreachable, match="for the role watchtower"):
            verified(database.role_url)
    finally:
        database.execute("alter role watchtower connection limit 10", user="postgres")
    assert statuses(look(database)) == {}


def test_database_that_does_not_exist(database: Database) -> None:
    url = database.role_url.replace(database.name, "no_such_database")
    with pytest.raises(DatabaseUnreachable, match="has no such database or role"):
        verified(url)


def test_server_that_falls_silent_on_the_very_first_question(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets us in and says no more: nothing may be asked of it before there is a timer."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with (
        proxied(socket_of(database18), b"select", then="hang") as proxy,
        closing(watched(through(proxy.port, database18))) as handle,
    ):
        for _ in range(2):  # it holds no connection for ever
            started = time.monotonic()
            with (
                handle.session(1.3) as session,
                pytest.raises(DatabaseUnreachable, match=r"fell silent\.$"),
                session.reading() as transaction,
            ):
                transaction.rows("session/identity")
            assert time.monotonic() - started < 5
            proxy.mode = "pass"  # until it is asked again


@pytest.mark.parametrize("then", ["cut", "hang"])
def test_database_that_dies_in_the_middle_leaves_the_rest_unknown(
    then: str, database18: Database
) -> None:
    marker = b"-- Rows whose month key is null"
    with proxied(socket_of(database18), marker, then) as proxy:
        started = time.monotonic()
        report = verified(through(proxy.port, database18))
        assert time.monotonic() - started < 10
    assert report["guard_triggers"].status.word == "ok"
    assert report["null_keys"].status.word == "unknown"
    assert report["rpc_answers"].status.word == "unknown"
    assert report.status.word == "unknown"
    assert report.unrecorded is not None
    assert SECRET not in str(report)


def test_connection_that_was_killed_meanwhile_is_replaced(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'watchtower'"
    with closing(watched(database.role_url)) as handle:
        assert verification.refresh(handle).ok
        database.execute(kill, user="postgres")
        assert verification.refresh(handle).ok
        with handle.session(5) as session, session.reading() as transaction:
            transaction.rows("session/identity")
            database.execute(kill, user="postgres")
        assert verification.refresh(handle).ok
    assert not caplog.records, "no traceback of the pool's"


def test_a_check_that_takes_too_long_is_unknown_and_the_others_answer(database: Database) -> None:
    # Its rights stay as they were, so the RPC is slow and nothing else: rpc_privileges is content.
    database.execute(
        "create or replace function public.verify_partition_triggers_exist() returns boolean"
        " language plpgsql security definer set search_path = ''"
        " as 'begin perform pg_catalog.pg_sleep(5); return true; end'"
    )
    report = look(database)
    assert report["rpc_answers"].status.word == "unknown"
    assert "PostgreSQL stopped the query after 2 s" in report["rpc_answers"].failing()[0].detail
    assert statuses(report) == {"rpc_answers": "unknown"}
    assert report.duration_ms < 10_000


def test_a_hot_standby_is_read_and_what_must_write_is_unknown(database: Database) -> None:
    with standby_of(database.server) as standby:
        copy = standby.database(database.name)
        report = look(copy)
        assert statuses(report) == {
            "guard_behaviour": "unknown",
            "rpc_answers": "unknown",
            "history": "warning",
        }
        for check, finding in report.failing():
            assert finding.remedy == "-- run the verification against the primary", check
        tried, called = (worst_finding(report, c) for c in ("guard_behaviour", "rpc_answers"))
        assert "a hot standby lets nobody make even a temporary table" in tried.detail
        assert "was not called: it writes a row, and this server takes none" in called.detail
        assert report.drift is None
        assert report.unrecorded is not None
        # What is only read is proven there as well, and what breaks on the primary arrives.
        database.execute("alter table public.events disable trigger user")
        broken = "select true from pg_trigger where tgenabled = 'D' limit 1"
        waits(lambda: copy.rows(broken))
        assert look(copy)["guard_triggers"].status.word == "critical"


def test_reads_cannot_write(database: Database) -> None:
    with (
        closing(watched(database.owner_url)) as handle,
        handle.session(5) as session,
        session.reading() as transaction,
        pytest.raises(QueryFailed, match="read-only"),
    ):
        transaction.send("create table public.oops ()")


def test_nothing_of_a_session_leaks_to_the_next(database: Database) -> None:
    with closing(watched(database.role_url)) as handle:
        verification.verify(handle, who="t", face="t")
        with handle.session(5) as session:
            value = session._line.driver.execute("show statement_timeout").fetchone()
            assert value == ("10s",)


def test_a_database_far_away_is_asked_few_questions(database18: Database) -> None:
    with proxied(socket_of(database18)) as proxy:
        url = through(proxy.port, database18)
        with closing(watched(url)) as handle:
            verification.refresh(handle)
            before = proxy.questions
            verification.verify(handle, who="t", face="t")
            far = 0.15  # seconds each
            assert (proxy.questions - before) * far < verification.BUDGET_SECONDS - 1


@pytest.mark.parametrize(
    "text",
    [
        f"postgres//watchtower:{SECRET}@db/x",
        f"mysql://watchtower:{SECRET}@db/x",
        f"postgresql://watchtower:{SECRET}@db:port/x",
        "postgresql://",
        SECRET,
    ],
)
def test_malformed_address_is_said_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load({"DATABASE_URL": text}, {})
    assert str(caught.value).startswith("DATABASE_URL is not a PostgreSQL connection string.")
    assert SECRET not in str(caught.value)


def test_old_scheme_is_understood() -> None:
    assert parse_url("x", "postgres://u@h/d").drivername == "postgresql+psycopg"
