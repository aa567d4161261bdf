"""Is what stands between us and the database named as what it is?"""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from lib import verification
from lib.core.errors import DatabaseUnreachable
from lib.core.results import Status
from lib.db import sql
from lib.db.database import Database as Watched
from lib.db.unreachable import why_silent, why_unreachable
from lib.history.sign_outs import SignOuts
from lib.repairs.plan import plan
from lib.watch import schedule
from tests.conftest import skip_missing
from tests.faces import AT_ONCE, unknown_everywhere
from tests.looking import look, refreshed, statuses, watched, worst_finding
from tests.poolers import pooled
from tests.proxy import proxied
from tests.servers import PORT, Database, PostgresMissing

LOOPBACK = "127.0.0.1"


def why(url: str, seconds: float = AT_ONCE) -> str:
    """What is said instead of a verification, within that time?"""
    began = time.monotonic()
    with closing(watched(url)) as handle:
        words = said(handle)
    assert time.monotonic() - began < seconds
    return words


def said(handle: Watched) -> str:
    with pytest.raises(DatabaseUnreachable) as caught:
        verification.within(lambda: verification.verify(handle, who="t", face="t"))
    return str(caught.value)


@contextmanager
def pooler(database: Database, more: str = "", size: int = 1) -> Iterator[str]:
    try:
        with pooled(database, size=size, more=more) as url:
            yield url
    except PostgresMissing as missing:
        skip_missing(str(missing))


def certified(home: Path) -> str:
    """PgBouncer's settings for SSL, with a certificate for another host, made just now."""
    home.chmod(0o755)
    subprocess.run(
        ["openssl", "req", "-new", "-x509", "-nodes", "-days", "2", "-subj", "/CN=other.example",
         "-addext", "subjectAltName=DNS:other.example", "-keyout", "key", "-out", "crt"],
        cwd=home, check=True, capture_output=True,
    )  # fmt: skip
    (home / "key").chmod(0o644)
    names = f"client_tls_key_file = {home}/key\nclient_tls_cert_file = {home}/crt\n"
    return f"client_tls_sslmode = allow\n{names}"


def test_what_is_asked_of_the_connection(database18: Database) -> None:
    """Certificates, channels, options: a real pooler that speaks SSL, of another name."""
    home = database18.server.home / "certificates"
    home.mkdir()
    with pooler(database18, certified(home)) as url:
        for options, words in {
            f"sslmode=verify-full&sslrootcert={home}/none": "the root certificate file is missing",
            f"sslmode=verify-full&sslrootcert={home}/crt": "certificate (sslmode=verify-full)",
            "sslmode=verify-full&sslrootcert=system": "sslrootcert does not vouch for",
            "sslmode=require&sslrootcert=system": "wants sslmode=verify-full",
            "channel_binding=require": "channel_binding=require. That needs SSL",
            "require_auth=scram-sha-256": "wants another way to sign in than require_auth",
            "options=-c%20work_mem%3D1MB": "is behind a pooler that takes no options",
            "sslmode=no-verify": "a value in its address that PostgreSQL does not know (sslmode)",
            "keepalives=x": "that PostgreSQL does not know (keepalives)",
            "ssl_min_protocol_version=x": "does not know (ssl_min_protocol_version)",
            "sslnegotiation=direct&sslmode=prefer": "wants sslmode=require, because sslnegotiation",
        }.items():
            told = why(f"{url}?{options}")
            assert words in told, options
            assert "no such database or role" not in told
        told = unknown_everywhere(f"{url}?sslmode=verify-full&sslrootcert={home}/none")
        assert "the root certificate file is missing. sslmode wants one (sslrootcert)" in told
        with psycopg.connect(f"{url}?sslmode=verify-ca&sslrootcert={home}/crt") as connection:
            assert connection.pgconn.ssl_in_use
    direct = database18.role_url
    for setting in ("statement_timeout%3Dsoon", "no_such_setting%3D1"):
        assert "refuses a setting that stands in options" in why(f"{direct}&options=-c%20{setting}")


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("[ff02::1]", "has an IPv6 address, which this machine cannot reach. Take an address with"),
        (
            "db.abcdefgh.supabase.co.invalid",
            "does not resolve here. Check its spelling, and the DNS",
        ),
        ("a..b", "its name does not resolve here. Check its spelling"),
    ],
)
def test_host_that_is_not_to_be_reached(host: str, words: str) -> None:
    assert words in unknown_everywhere(f"postgresql://u@{host}/d", 10)


def test_direct_host_of_supabase() -> None:
    """It has IPv6 alone; where a machine has none, its name may not even resolve."""
    error = psycopg.OperationalError("failed to resolve host 'db.abc.supabase.co': [Errno -2]")
    unresolved = f"postgresql://u@db.{'a' * 64}.supabase.co/d"  # too long: nobody is asked for it
    unreachable = "postgresql://u@db.abc.supabase.co/d?hostaddr=ff02::1"  # as if it was resolved
    for told in (why_unreachable(error, "db.abc.supabase.co:5432"), unknown_everywhere(unresolved)):
        assert told.endswith("IPv6 alone: take the Session pooler's address.")
    assert "on Supabase the Session pooler's" in unknown_everywhere(unreachable)


# Supavisor, lib/supavisor/errors and circuit_breaker.ex (August 2026), and its texts of before.
SUPAVISOR = {
    "(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked": (
        "lets nobody in for some minutes. Its pooler does so after too many failures (circuit"
    ),
    "Circuit breaker open: Unable to establish connection to upstream database": "circuit breaker",
    "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 15000ms in Transaction "
    "mode": "had no free connection in time. Make its pool larger",
    "MaxClientsInSessionMode: max clients reached": "Make its pool larger",
    "(EMAXCONN) max client connections reached, limit: 200": "lets no more clients in",
    "(ENOTFOUND) tenant/user watchtower.abc not found": "as ROLE.PROJECT",
    "Tenant or user not found": "knows no such database or role",
}


@contextmanager
def speaking(text: str, *, first: bool) -> Iterator[str]:
    """The address of what ends each connection with these words: `first`, or when it is asked."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    told = message(b"E", f"SFATAL\0VFATAL\0CXX000\0M{text}\0\0".encode())
    welcome = message(b"R", bytes(4)) + message(b"Z", b"I")

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            if len(client.recv(9999)) == 8:  # it asks for SSL
                client.sendall(b"N")
                client.recv(9999)
            if not first:
                client.sendall(welcome)
                client.recv(9999)
            client.sendall(told)

    with socket.create_server((LOOPBACK, 0)) as listener:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    serve(listener.accept()[0])

        threading.Thread(target=listen, daemon=True).start()
        yield f"postgresql://u@{LOOPBACK}:{listener.getsockname()[1]}/d"
        listener.shutdown(socket.SHUT_RDWR)


def test_sentences_of_supavisor() -> None:
    """By a server that says them as PostgreSQL says what ends a connection."""
    for text, words in SUPAVISOR.items():
        with speaking(text, first=True) as url:
            told = why(url)
            assert words in told, text
            assert "no route" not in told
    breaker = next(iter(SUPAVISOR))
    for first in (True, False):
        with speaking(breaker, first=first) as url:
            assert "circuit breaker" in unknown_everywhere(url)


def test_names_are_no_causes(database18: Database) -> None:
    """A role or a database may be called as a cause is."""
    for name in ("timeout", "ssl", "starting%20up", "too%20many"):
        url = database18.role_url.replace("watchtower@", f"{name}@")
        assert "has no such database or role" in why(url)


def test_pooler_in_statement_mode(database18: Database) -> None:
    with pooler(database18, "pool_mode = statement\n") as url:
        told = unknown_everywhere(url)
    assert "is behind a pooler in statement mode. That mode has no transactions: set" in told
    assert "broke in the middle" not in told


def test_pooler_that_lets_wait_too_long(database18: Database) -> None:
    with pooler(database18, "query_wait_timeout = 1\n") as url, psycopg.connect(url) as holds:
        holds.execute("select 1")
        told = unknown_everywhere(url, 3.5)  # four tries of it last 4 s
    assert "is behind a pooler that had no free connection in time. Make its pool larger" in told


def silent(handle: Watched) -> str:
    with (
        handle.session(1) as session,
        pytest.raises(DatabaseUnreachable) as caught,
        session.reading() as transaction,
    ):
        transaction.rows("session/identity")
    return str(caught.value)


def test_server_that_falls_silent(database18: Database) -> None:
    """A pool is spoken of where there is one: the server itself has none."""
    target = database18.server.sockets / f".s.PGSQL.{PORT}"
    with proxied(target, b"backend_pid", then="hang") as proxy:
        url = f"postgresql://watchtower@{LOOPBACK}:{proxy.port}/{database18.name}"
        with closing(watched(url)) as handle:
            assert silent(handle) == f"The database at {LOOPBACK}:{proxy.port} fell silent."
    with (
        pooler(database18) as url,
        closing(watched(url)) as handle,
        handle.session(9) as session,
        session.reading() as transaction,
    ):
        transaction.rows("session/identity")
        assert "fell silent. Its pooler may have had no free connection" in silent(handle)
    on_supabase = why_silent("aws-0-eu-west-1.pooler.supabase.com:5432", pooled=False)
    assert "Its pooler may have had no" in on_supabase, "before anything was answered"


@pytest.mark.everything  # 9 s: the pooler says nothing
def test_pool_too_small_for_a_scheduled_run(database18: Database) -> None:
    with pooler(database18) as url, closing(watched(url)) as handle:
        began, now = time.monotonic(), datetime.now(UTC)
        with schedule.claimed(handle, now) as ours:
            assert ours
            assert "a scheduled run needs two connections" in said(handle)
        assert time.monotonic() - began < 12  # its 10 s, on a busy machine
    with closing(watched(database18.role_url)) as other, schedule.claimed(other, now) as theirs:
        assert theirs


def test_limit_of_the_role(database18: Database) -> None:
    """It counts over all databases of the server, and is named as what it is."""
    other = database18.server.database("postgres")
    database18.execute("create role counted login connection limit 1", user="postgres")
    try:
        with other.connect("counted"):
            words = unknown_everywhere(database18.url("counted"))
    finally:
        database18.execute("drop role counted", user="postgres")
    assert "no free connection for the role counted. The role's limit counts its conn" in words
    assert "in all databases of the server" in words
    assert "too many clients" not in words


def test_connections_of_three_copies(database18: Database) -> None:
    """Three at once in each, and a command besides, fit into the role's ten."""
    limit = "select rolconnlimit from pg_roles where rolname = 'watchtower'"
    assert database18.value(limit) == 10
    with ExitStack() as stack:
        for at_once in (3, 3, 3, 1):
            handle = stack.enter_context(closing(watched(database18.role_url)))
            for _ in range(at_once):
                session = stack.enter_context(handle.session(9))
                with session.reading() as transaction:
                    transaction.rows("session/identity")


def test_role_dropped_in_mid_run(database18: Database) -> None:
    database18.execute("create role leaver login in role watchtower", user="postgres")
    try:
        with closing(watched(database18.url("leaver"))) as handle, handle.session(5) as session:
            with session.reading() as transaction:
                transaction.rows("session/identity")
            database18.execute("drop role leaver", user="postgres")
            with (
                pytest.raises(
                    DatabaseUnreachable, match="has lost the role that asked: it was dropped"
                ),
                session.reading() as transaction,
            ):
                transaction.rows("session/identity")
    finally:
        database18.execute("drop role if exists leaver", user="postgres")


def test_lock_on_a_catalog(database18: Database) -> None:
    with database18.connect("postgres", autocommit=False) as holds:
        holds.execute("lock table pg_catalog.pg_proc in access exclusive mode")
        words = unknown_everywhere(database18.role_url)
    assert words.endswith(
        "another session holds a lock on a catalog of PostgreSQL, which every query reads."
    )
    assert look(database18).ok


BY_CATALOGS = ("guard_triggers", "guard_functions", "partition_coverage", "foreign_key")


def test_prepared_transaction_that_holds_a_lock(database18: Database) -> None:
    """Each finding names who holds its own table: two of them here."""
    gid, other = (f"{which} load of {database18.name}" for which in ("nightly", "weekly"))
    held = {gid: "public.sessions, public.watchtower_checks", other: "public.events"}
    for name, tables in held.items():
        database18.execute(
            f"begin; lock table {tables} in access exclusive mode; prepare transaction '{name}'"
        )
    try:
        report = look(database18)
        asked = sql.by_hand("repairs/holders", {}, {"relations": ["public.sessions"]})
        assert [row[2] for row in database18.rows(asked)] == [gid], "apply, which waits, names it"
        with closing(watched(database18.role_url)) as handle:
            outs = SignOuts()
            outs.key, outs.database = b"key", handle
            pressed = outs.exchange(timedelta(hours=1), datetime.now(UTC))
    finally:
        for name in held:
            database18.execute(f"rollback prepared '{name}'")
    assert all(report[check].status is Status.OK for check in BY_CATALOGS), "the others answer"
    sessions, events = report["null_keys"].findings[:2]
    row = worst_finding(report, "history")
    for finding, name in ((sessions, gid), (events, other), (row, gid)):
        assert f"the prepared transaction {name} holds a lock on public." in finding.detail
        assert f"rollback prepared '{name}';" in (finding.remedy or "")
    assert f"the prepared transaction {gid} holds a lock on public.watchtower_checks" in pressed
    made = plan(report)
    assert not any("prepared" in action.sql for action in made.actions), "no apply can run it"
    assert {name for name in held if any(name in (each.sql or "") for each in made.decisions)} == {
        *held
    }
    assert not any("another session" in finding.detail for _, finding in report.failing())
    assert look(database18).ok


FULL = """
create function public.no_room() returns trigger language plpgsql as $$
begin raise exception 'could not extend file "base/5/16384": No space left on device'
    using errcode = '53100'; end $$;
create trigger no_room before insert on public.watchtower_checks
    for each row execute function no_room();
"""


def test_history_on_a_full_disk(database18: Database) -> None:
    """The drift RPC writes there too: neither is repaired by a file of the setup."""
    database18.execute(FULL)
    report = look(database18)
    assert statuses(report) == {"rpc_answers": "unknown", "history": "warning"}
    for check in ("rpc_answers", "history"):
        finding = worst_finding(report, check)
        assert "the server's disk is full" in finding.detail
        assert finding.remedy == "-- make room on the server's disk: until then it takes no row"


def test_cut_in_the_middle_of_a_result(database18: Database) -> None:
    target = database18.server.sockets / f".s.PGSQL.{PORT}"
    with proxied(target, b"wrong\0", "cut") as proxy:  # as a result names its column
        url = f"postgresql://watchtower@{LOOPBACK}:{proxy.port}/{database18.name}"
        with closing(watched(url)) as handle:
            began = time.monotonic()
            report = verification.verify(handle, who="t", face="t")
            assert time.monotonic() - began < 10
    assert report.status.word == "unknown"
    assert all(report[check].status is Status.OK for check in BY_CATALOGS), "what was seen before"
    assert "broke in the middle" in worst_finding(report, "wrong_keys").detail
    finding = worst_finding(report, "history")
    assert (finding.remedy, "refuses the connection" in finding.detail) == (None, True)
    assert refreshed(database18).ok
