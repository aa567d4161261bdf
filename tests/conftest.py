"""The fixtures: real PostgreSQL servers for the session, and a database for each test.

On 15, most of them are used under `-m everything` alone (ON_BOTH).

database    a healthy database (tests/template.py) on PostgreSQL 18 and again on 15
database18  the same on 18 alone, for what does not depend on the server
lasting     one healthy database for a whole module: for tests that leave it as it was; 18 and 15
lasting18   the same on 18 alone
bare        the guarded tables without any setup, on 18 and on 15
production  the production database as it is (tests/real/partitioned.sql), on 18 and on 15
baseline    its later baseline of plain tables (tests/real/unpartitioned.sql), on 18 and on 15
server      the server under all of these, on 18 and on 15
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import real
from tests.copies import HASTE
from tests.servers import Database, PostgresMissing, Server, running
from tests.template import build_tables, template

VERSIONS = ("18", "15")
MISSING: set[str] = set()
# What a run of minutes tries on 15 too, each test with its first values, beside some of the drills;
# the rest is `everything`.
ON_BOTH = ("tests/sql/", "tests/test_database.py", "tests/test_pooler.py")
DUSK = timedelta(seconds=20)  # few tests take longer
DAY = pytest.StashKey[date]()  # on which what is set up by now was
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each program started compiles all anew
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job passes that on
    signal.signal(signal.SIGINT, signal.default_int_handler)


def skip_missing(what: str) -> None:
    """Skips the test and says so at the end of the run; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"missing: {what}", pytrace=False)
    MISSING.add(what)
    pytest.skip(f"missing: {what}")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three on two cores, for tests wait as well; one file's tests are too few for that."""
    named = [each for each in config.args if each.partition("::")[0].endswith(".py")]
    return min(3, 1 + len(named)) if named and len(named) == len(config.args) else 3


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what a run of minutes leaves out."""
    begun = set()
    for item in items:
        known = getattr(item, "callspec", None)
        if known and known.params.get("server") == "15":
            test = item.nodeid.partition("[")[0]
            if test in begun or not test.startswith(ON_BOTH):
                item.add_marker("everything")
            begun.add(test)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through all of it again took a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the process that prints the summary what it missed."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["missing"] = sorted(MISSING)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes what a worker missed."""
    MISSING.update(getattr(node, "workeroutput", {}).get("missing", ()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says loudly what was not tested for want of a program."""
    for what in sorted(MISSING):
        line = f"NOT TESTED, because this is missing: {what}"
        terminalreporter.write_line(line, red=True, bold=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test sees one day, UTC, and so does what its module set up for it.

    One that would begin just before midnight begins after it, and then all is set up anew.
    """
    now = datetime.now(UTC)
    midnight = (now + DUSK).replace(hour=0, minute=0, second=0, microsecond=0)
    time.sleep(max(0.0, (midnight - now).total_seconds()))
    today = datetime.now(UTC).date()
    if item.session.stash.setdefault(DAY, today) != today:
        item.session._setupstate.teardown_exact(item.session)  # all but what the session set up
        item.session.stash[DAY] = today


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], tuple[Server, Database]]]:
    """Starts each version once, when first asked for; gives it and this month's template."""
    started: dict[str, Server] = {}
    healthy: dict[tuple[str, int], Database] = {}
    with ExitStack() as stack:

        def get(version: str) -> tuple[Server, Database]:
            if version not in started:
                try:
                    started[version] = stack.enter_context(running(version))
                except PostgresMissing as missing:
                    skip_missing(str(missing))
            server, month = started[version], datetime.now(UTC).month
            if (version, month) not in healthy:
                healthy[version, month] = stack.enter_context(template(server))
            return server, healthy[version, month]

        yield get


@pytest.fixture(scope="session", params=VERSIONS)
def server(request: pytest.FixtureRequest, servers: Any) -> Server:
    """A PostgreSQL server: every test that uses it runs on 18 and on 15."""
    return servers(request.param)[0]


@pytest.fixture
def database(server: Server, servers: Any) -> Iterator[Database]:
    """A healthy database for this test alone, on 18 and on 15."""
    with server.new_database(servers(server.version)[1].name) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def lasting(server: Server, servers: Any) -> Iterator[Database]:
    """A healthy database that a module's tests share, on 18 and 15: they only add rows."""
    with server.new_database(servers(server.version)[1].name) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def lasting18(servers: Any) -> Iterator[Database]:
    """The same on 18 only."""
    server, healthy = servers("18")
    with server.new_database(healthy.name) as fresh:
        yield fresh


@pytest.fixture
def database18(servers: Any) -> Iterator[Database]:
    """A healthy database for this test alone, on 18 only."""
    server, healthy = servers("18")
    with server.new_database(healthy.name) as fresh:
        yield fresh


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes is verified as often as it changes: a test does not wait for a minute."""
    monkeypatch.setattr("lib.watch.verifier.APART", HASTE)


@pytest.fixture
def bare(server: Server) -> Iterator[Database]:
    """The guarded tables without guards, months, RPCs or rows, on 18 and on 15."""
    with server.new_database() as fresh:
        build_tables(fresh)
        yield fresh


@pytest.fixture(scope="session")
def reference(server: Server) -> Iterator[Callable[[Path], Database]]:
    """Makes a file of tests/real once a server and month, as the template of its copies."""
    with ExitStack() as stack:
        made: dict[tuple[Path, int], Database] = {}

        def get(file: Path) -> Database:
            month = datetime.now(UTC).month
            if (file, month) not in made:
                made[file, month] = stack.enter_context(server.new_database())
                real.build(made[file, month], file)
            return made[file, month]

        yield get


@pytest.fixture
def production(server: Server, reference: Callable[[Path], Database]) -> Iterator[Database]:
    """The production database, for this test alone, on 18 and on 15."""
    with server.new_database(reference(real.PARTITIONED).name) as fresh:
        yield fresh


@pytest.fixture
def baseline(server: Server, reference: Callable[[Path], Database]) -> Iterator[Database]:
    """Its later baseline, for this test alone, on 18 and on 15."""
    with server.new_database(reference(real.UNPARTITIONED).name) as fresh:
        yield fresh
