"""How is the demo's PostgreSQL made, started and stopped?

Nothing here decides when; lib/demo/demo.py does, under its lock.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

from lib.core.errors import DemoFailed
from lib.demo.place import (
    PORT,
    VERSION,
    Place,
    as_server_user,
    binaries,
    give_to_server,
    unwritable,
)

START_SECONDS = 30
STOP_SECONDS = 10
LOG_BYTES = 5_000_000

# Small, quiet and in UTC; no TCP port. A crash may lose the last moments of sample data, never
# the integrity of the files. Written pages are flushed while loading, so that a stop need not wait.
SERVER_SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "64MB",
    "min_wal_size": "128MB",
    "max_wal_size": "512MB",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "wal_init_zero": "off",
    "backend_flush_after": "512kB",
    "max_wal_senders": "0",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def make_data(where: Place) -> None:
    """Make the data directory if there is none.

    Raises: DemoFailed if it belongs to another PostgreSQL version or initdb fails.
    """
    version = where.data / "PG_VERSION"
    if where.data.exists():
        return _check_version(where, version)
    try:
        shutil.rmtree(where.half_made, ignore_errors=True)
        where.half_made.mkdir(mode=0o700)
        give_to_server(where.half_made)
        _run(
            where,
            "initdb",
            *("--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres"),
            *("--pgdata", str(where.half_made)),
        )
        where.half_made.rename(where.data)
    except OSError as error:
        raise unwritable(where, error) from error


def _check_version(where: Place, file: Path) -> None:
    try:
        found = file.read_text().strip()
    except FileNotFoundError as error:
        raise DemoFailed(f"{where.data} is no PostgreSQL data. {_anew(where)}") from error
    except OSError as error:
        raise unwritable(where, error) from error
    if found != str(VERSION):
        raise DemoFailed(
            f"The demo's data in {where.data} is of PostgreSQL {found}; this is {VERSION}. "
            f"{_anew(where)}"
        )


def _anew(where: Place) -> str:
    return f"Delete {where.data}: the next start makes it again."


def _frozen(where: Place) -> str | None:
    """Is the server there and held still, by SIGSTOP say? Then no signal ends it: what does."""
    server = postmaster(where)
    if server is None or server.status() != psutil.STATUS_STOPPED:
        return None
    return (
        f"The demo's PostgreSQL is suspended (process {server.pid}); its data is unharmed. `kill "
        f"-CONT {server.pid}` resumes it."
    )


def ensure_running(where: Place) -> None:
    """Start the server unless it runs. On return it answers `select 1`.

    Raises: DemoFailed if it cannot be started.
    """
    deadline = time.monotonic() + START_SECONDS
    while not answers(where):
        if frozen := _frozen(where):
            raise DemoFailed(frozen)
        if time.monotonic() > deadline:
            raise DemoFailed(f"The demo's PostgreSQL does not answer: {_last_words(where)}")
        if postmaster(where) is None:
            _forget_recycled_pid(where)
            _start(where)
        else:  # starting up, recovering or shutting down
            time.sleep(0.05)


def answers(where: Place) -> bool:
    """Does the server answer `select 1`?"""
    try:
        with psycopg.connect(where.url("postgres", "postgres"), connect_timeout=5) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def postmaster(where: Place) -> psutil.Process | None:
    """Which live process is the server of this data directory?"""
    try:
        process = psutil.Process(int((where.data / "postmaster.pid").read_text().split()[0]))
        ours = str(where.data) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if ours else None


def _forget_recycled_pid(where: Place) -> None:
    """After a crash of the machine the pid in the lock files may be any program's by now.

    PostgreSQL clears the files of a pid that is dead, and refuses to start if the pid is alive.
    """
    socket_lock = where.data / f".s.PGSQL.{PORT}.lock"
    for file in (where.data / "postmaster.pid", socket_lock):
        try:
            if psutil.pid_exists(int(file.read_text().split()[0])):
                file.unlink()
        except (OSError, ValueError, IndexError):
            continue


def _start(where: Place) -> None:
    log = where.data / "log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.unlink()
    settings = SERVER_SETTINGS | {"unix_socket_directories": str(where.data)}
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    try:
        _run(
            where,
            "pg_ctl",
            *("start", "--wait", "--silent", f"--timeout={START_SECONDS}"),
            *("--pgdata", str(where.data), "--log", str(log), "--options", options),
        )
    except DemoFailed as error:
        raise DemoFailed(f"{error} {_way_out(where, str(error))}") from error


def _way_out(where: Place, said: str) -> str:
    """What to do where it does not start? Its data is given up only where nothing else is left."""
    if postmaster(where) is not None:
        return "It is still starting; the app tries again by itself."
    every = psutil.process_iter(["cwd"])  # each process of a server works in its data directory
    left = [str(process.pid) for process in every if process.info["cwd"] == str(where.data)]
    if left:
        return f"Processes of its last run are still there: end them (`kill -9 {' '.join(left)}`)."
    if "still in use" in said:
        return "Its last run is just ending: start it again."
    return f"If it stays so: {_anew(where)}"


def shut_down(where: Place) -> None:
    """Stop the server now, whoever is connected.

    Raises: DemoFailed if it cannot be stopped.
    """
    if postmaster(where) is None:
        return
    if frozen := _frozen(where):
        raise DemoFailed(frozen)
    command = ("stop", "--silent", f"--timeout={STOP_SECONDS}", "--pgdata", str(where.data))
    try:
        _run(where, "pg_ctl", *command, "--mode=fast")
    except DemoFailed:
        if postmaster(where) is not None:
            _run(where, "pg_ctl", *command, "--mode=immediate")


def _last_words(where: Place) -> str:
    try:
        lines = (where.data / "log").read_text(errors="replace").splitlines()
    except OSError:
        return "it left no log."
    waiting = "the database system is"  # starting up, shutting down: what it tells those who ask
    told = [line for line in lines if "FATAL" in line and waiting not in line]
    return told[-1].split("FATAL:")[-1].strip() if told else "its log says nothing of it."


def _run(where: Place, program: str, *arguments: str) -> None:
    # PGPORT, PGDATA and the like are meant for another server.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # The output goes nowhere or to a file: a pipe would be inherited by the server and never end.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        try:
            subprocess.run(
                [str(binaries(where) / program), *arguments],
                cwd=where.base,
                env=own | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=True,
                timeout=START_SECONDS + 5,
                **as_server_user(),
            )
        except (subprocess.SubprocessError, OSError) as error:
            output.seek(0)
            said = [
                line for line in output.read().splitlines() if "error" in line or "FATAL" in line
            ]
            reason = said[0] if said else _last_words(where)
            raise DemoFailed(f"The demo's {program} failed: {reason}") from error
