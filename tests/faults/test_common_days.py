"""What happens on the days that every database has: restarts, failovers, passwords, revokes?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import psutil
import psycopg
import pytest

from lib import verification
from lib.settings.settings import Settings, parse_url
from lib.watch import schedule
from lib.watch.schedule import slot_id
from lib.watch.watch import Watch
from tests.conftest import skip_missing
from tests.faces import SECRET, endpoint, living, unknown_everywhere, words
from tests.looking import look, watched
from tests.proxy import Proxy, proxied
from tests.servers import PORT, ROOT, Database, PostgresMissing, Server, binaries, running
from tests.standbys import standby_of
from tests.template import template
from tests.waiting import waits

PROBED = b"-- Try a guard's function on rows of every kind"  # the middle of a verification
ROWS = "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"


@contextmanager
def app_on(url: str) -> Iterator[Watch]:
    """The app, which looks each second and has found this database healthy."""
    settings = Settings(parse_url("x", url), SECRET, refresh_seconds=1)
    with living(lambda: settings) as live:
        turns(live, "ok")
        yield live


def turns(live: Watch, word: str) -> None:
    """Wait until it says so: a second for the refresh, and the machine may be busy."""
    waits(lambda: live.snapshot.status(datetime.now(UTC)).word == word)


def verdict(live: Watch) -> tuple[int, str, bool]:
    code, body = endpoint(live)
    return code, body["status"], body["ok"]


@pytest.fixture(scope="module")
def own() -> Iterator[Database]:
    """A healthy database on a server that these tests alone break; twelve may connect.

    Unlike the other servers it keeps what is committed, though it is killed right after.
    """
    with ExitStack() as stack:
        try:
            server = stack.enter_context(
                running("18", "max_connections = 12\nsynchronous_commit = on")
            )
        except PostgresMissing as missing:
            skip_missing(str(missing))
        yield stack.enter_context(template(server))


def control(server: Server, *told: str) -> None:
    server._run(binaries("18") / "pg_ctl", "-D", server.home / "data", "-w", *told)


def start(server: Server) -> None:
    control(server, "-l", str(server.home / "log"), "start")


def ended(server: Server, how: str) -> None:
    """Stop it in this way; nothing of it is left then."""
    if how != "killed":
        control(server, "-m", how, "stop")
        return
    pid = int((server.home / "data" / "postmaster.pid").read_text().split()[0])
    processes = [psutil.Process(pid), *psutil.Process(pid).children()]
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs(processes, 20)


def through(proxy: Proxy, database: Database) -> str:
    return f"postgresql://watchtower@127.0.0.1:{proxy.port}/{database.name}"


@pytest.mark.everything
@pytest.mark.parametrize("how", ["killed", "immediate", "fast"])
def test_server_gone_in_mid_look(own: Database, how: str) -> None:
    server, before = own.server, own.value(ROWS)
    target = server.sockets / f".s.PGSQL.{PORT}"
    with proxied(target) as proxy, app_on(through(proxy, own)) as live:
        proxy.marker, proxy.then = PROBED, "hold"
        said: list[tuple[int, str, bool]] = []
        asking = threading.Thread(target=lambda: said.append(verdict(live)))
        asking.start()
        waits(lambda: proxy.mode == "hold")
        proxy.marker = None
        ended(server, how)
        try:
            proxy.release()
            asking.join(20)
            assert said[0][1:] == ("unknown", False)
            turns(live, "unknown")
            waits(lambda: live.snapshot.trouble)
            assert verdict(live) == (503, "unknown", False)
        finally:
            start(server)
        waits(lambda: not live.snapshot.trouble)
        assert verdict(live) == (200, "ok", True)
        turns(live, "ok")
    assert own.value(ROWS) == before + 1, "the verification that saw all"


@pytest.mark.everything
def test_address_that_leads_to_a_standby(own: Database) -> None:
    """After a failover: what must write is unknown, until the address leads to a primary."""
    primary = own.server.sockets / f".s.PGSQL.{PORT}"
    with (
        standby_of(own.server) as standby,
        proxied(primary) as proxy,
        app_on(through(proxy, own)) as live,
    ):
        kill = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'watchtower'"
        for target, expected in (
            (standby.sockets / f".s.PGSQL.{PORT}", (200, "unknown", False)),
            (primary, (200, "ok", True)),
        ):
            proxy.target = target
            for server in (own.server, standby):
                server.database(own.name).rows(kill, user="postgres")
            code, body = endpoint(live)
            assert (code, body["status"], body["ok"]) == expected
            failing = [
                finding
                for each in body["checks"]
                for finding in each["findings"]
                if finding["status"] != "ok"
            ]
            for finding in failing:
                assert finding["remedy"] == "-- run the verification against the primary"
            assert bool(failing) is (target != primary)
            turns(live, body["status"])


@pytest.mark.everything
def test_wrong_password(own: Database) -> None:
    rules = own.server.home / "data" / "pg_hba.conf"
    before = rules.read_text()
    own.execute("alter role watchtower password 'of the role'", user="postgres")
    rules.write_text(f"local all watchtower scram-sha-256\n{before}")
    control(own.server, "reload")
    try:
        right, wrong = (
            own.role_url.replace("watchtower@", f"watchtower:{password}@")
            for password in ("of%20the%20role", "of%20somebody")
        )
        waits(lambda: refused(wrong))
        told = unknown_everywhere(wrong)
        assert told.endswith("refuses the role or its password.")
        assert "somebody" not in told
        with closing(watched(right)) as handle:
            assert verification.verify(handle, who="t", face="t").ok
    finally:
        rules.write_text(before)
        control(own.server, "reload")


def refused(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


@pytest.mark.everything
def test_every_connection_of_the_server_is_taken(own: Database) -> None:
    with ExitStack() as stack:

        def full() -> bool:
            with suppress(psycopg.OperationalError):
                while True:
                    stack.enter_context(closing(own.connect()))
            return refused(own.owner_url)  # a session that has just ended makes room once more

        waits(full)
        told = unknown_everywhere(own.role_url)
    assert told.endswith("has no free connection: too many clients already.")
    assert look(own).ok


@pytest.mark.parametrize(
    ("take", "give", "code"),
    [
        ("revoke select on public.events from watchtower",
         "grant select on public.events to watchtower", 200),
        ("revoke connect on database {} from public, watchtower",
         "grant connect on database {} to public, watchtower", 503),
    ],
    ids=["select", "connect"],
)  # fmt: skip
def test_rights_revoked_while_it_runs(
    database18: Database, take: str, give: str, code: int
) -> None:
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'watchtower'"
    with app_on(database18.role_url) as live:
        database18.execute(take.format(database18.name), user="postgres")
        database18.rows(f"{kill} and datname = current_database()", user="postgres")
        turns(live, "unknown")
        assert verdict(live) == (code, "unknown", False)
        database18.execute(give.format(database18.name), user="postgres")
        waits(lambda: not live.snapshot.trouble)
        assert verdict(live) == (200, "ok", True)
        turns(live, "ok")


def test_table_renamed_while_it_runs(database18: Database) -> None:
    with app_on(database18.role_url) as live:
        database18.execute("alter table public.events rename to events_of_before")
        turns(live, "critical")
        assert verdict(live) == (200, "critical", False)
        assert "public.events does not exist" in words("status")
        database18.execute("alter table public.events_of_before rename to events")
        assert verdict(live) == (200, "ok", True)
        turns(live, "ok")


def test_database_dropped_while_it_runs(database18: Database) -> None:
    server, name = database18.server, f"{database18.name}_gone"
    make = f"create database {name} owner owner template {database18.name} strategy file_copy"
    server.execute(make)
    try:
        with app_on(server.database(name).role_url) as live:
            server.execute(f"drop database {name} with (force)")
            turns(live, "unknown")
            assert "has no such database or role" in (live.snapshot.trouble or "")
            assert verdict(live) == (503, "unknown", False)
            server.execute(make)
            waits(lambda: not live.snapshot.trouble)
            assert verdict(live) == (200, "ok", True)
    finally:
        server.execute(f"drop database if exists {name} with (force)")


@pytest.mark.parametrize("setting", ["statement_timeout", "idle_in_transaction_session_timeout"])
def test_time_out_of_the_role(database18: Database, setting: str) -> None:
    """A millisecond is no time to look in."""
    where = f"alter role watchtower in database {database18.name} set {setting}"
    database18.execute(f"{where} = '1ms'", user="postgres")
    assert look(database18).ok


CLAIMS = """
import sys, datetime
from lib.watch import schedule
from lib.db.database import Database
from lib.settings.settings import parse_url
slot = datetime.datetime.fromisoformat(sys.argv[2])
with schedule.claimed(Database(parse_url("x", sys.argv[1])), slot) as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


def test_copy_killed_in_mid_run(database18: Database) -> None:
    """Another one runs the slot, and until then nothing says that it ran."""
    slot = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    row = f"{ROWS} and id = '{slot_id(slot)}'"
    with (
        subprocess.Popen(
            [sys.executable, "-c", CLAIMS, database18.role_url, slot.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as other,
        closing(watched(database18.role_url)) as handle,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        with schedule.claimed(handle, slot) as ours:
            assert not ours, "another copy runs it"
        os.kill(other.pid, signal.SIGKILL)
        other.wait()

        def taken() -> bool:
            with schedule.claimed(handle, slot) as ours:
                assert not ours or database18.value(row) == 0
                if ours:
                    verification.verify(handle, who="t", face="schedule", slot=slot_id(slot))
                return ours

        waits(taken)
        with schedule.claimed(handle, slot) as ours:
            assert not ours, "it has its row"
    assert database18.value(f"{row} and ok") == 1
