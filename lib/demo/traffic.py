"""What is in the demo database? Tables as in production, 14 months of sample traffic, a history.

The database is made under another name and renamed when it is whole, so that a database named
`watchtower` is a complete one, whenever its making may have been interrupted. What it was made
from is written in its comment, which the rename keeps.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql as composed
from psycopg.rows import scalar_row

from lib.core.errors import DemoFailed, WatchtowerError
from lib.db import sql
from lib.demo import sample_history
from lib.demo.place import Place
from lib.watch.source import Progress

ROLE = "watchtower"
OWNER = "demo_owner"
SUPERUSER = "postgres"
DATABASE = "watchtower"
HALF_MADE = "watchtower_half_made"
MONTHS_BEFORE = 13
GUARDS_FILE = sql.ROOT / "sql" / "setup" / "10_guards.sql"

# A visit's last event follows within 20 minutes; what was not due at the last top-up is now.
LOOK_BACK = timedelta(minutes=30)

SEPARATOR = ", sql/setup "
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('demo traffic'))"


_log = logging.getLogger(__name__)


def is_loaded(where: Place) -> bool:
    """Is the server up, and the database complete?"""
    try:
        with _superuser(where, "postgres") as connection:
            return _made_of(connection) is not None
    except psycopg.OperationalError:
        return False


def ensure_loaded(where: Place, progress: Progress) -> None:
    """Make the database unless it is there; bring it up to date with sql/ if that changed.

    sql/setup runs again only when its text changed: what an operator broke on purpose stays
    broken. When sql/demo changed, the database is made anew.

    Raises: DemoFailed if it cannot be made.
    """
    try:
        with _superuser(where, "postgres") as connection:
            found = _made_of(connection)
            wanted = _texts()
            if found is None:
                _make(where, connection, progress)
            elif found == wanted or SEPARATOR not in found:
                pass  # as it should be, or somebody wrote a comment over it
            elif found.partition(SEPARATOR)[0] == wanted.partition(SEPARATOR)[0]:
                progress("Bringing the guards up to date", 0.4)
                _set_up_again(where, connection)
            else:
                _make(where, connection, progress)
            # So that whatever tells of it says that it is a demo: see sql/session/identity.sql.
            mark = "alter database {} set watchtower.demo = 'on'"
            connection.execute(_with_names(mark, DATABASE))
    except (psycopg.Error, WatchtowerError) as error:
        raise DemoFailed(f"The demo's data could not be loaded: {_sentence(error)}") from error


def _set_up_again(where: Place, connection: psycopg.Connection[Any]) -> None:
    """Run sql/setup over the database. What an operator broke may stand in its way: carry on."""
    texts = _texts()
    try:
        _run_files(where.url(OWNER, DATABASE), sql.setup_files())
        _say_made_of(connection, DATABASE, texts)
    except psycopg.Error as error:
        _log.warning("The demo's guards were not brought up to date: %s", _sentence(error))


def _sentence(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _make(where: Place, connection: psycopg.Connection[Any], progress: Progress) -> None:
    progress("Creating tables", 0.3)
    texts = _texts()
    roles = sql.ROOT / "sql" / "demo" / "00_roles.sql"
    tables = [sql.ROOT / "sql" / "demo" / name for name in ("10_tables.sql", "12_migrations.sql")]
    _drop(connection, HALF_MADE)
    _run_files(where.url(SUPERUSER, "postgres"), [roles])
    if not connection.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone():
        connection.execute(_with_names("create role {} login createrole", OWNER))
    connection.execute(_with_names("create database {} owner {}", HALF_MADE, OWNER))
    with _superuser(where, HALF_MADE) as inside:
        inside.execute(_with_names("alter schema public owner to {}", OWNER))
    _run_files(where.url(OWNER, HALF_MADE), [*tables, *sql.setup_files()])
    now = datetime.now(UTC)
    with _superuser(where, HALF_MADE) as inside:
        _load(where, inside, sample_history.story(now).blind, now, progress)
    progress(f"Telling the history of the last {sample_history.WEEKS} weeks", 0.92)
    sample_history.give(
        where.url(ROLE, HALF_MADE),
        where.url(OWNER, HALF_MADE),
        now,
        lambda since, until: _load_between(where, since - LOOK_BACK, until, until),
    )
    _say_made_of(connection, HALF_MADE, texts)
    _drop(connection, DATABASE)
    connection.execute(_with_names("alter database {} rename to {}", HALF_MADE, DATABASE))


def _load(
    where: Place,
    connection: psycopg.Connection[Any],
    until: datetime,
    now: datetime,
    progress: Progress,
) -> None:
    """Make the months up to `now`, and load the traffic up to `until`."""
    month = now.year * 12 + now.month - 1 - MONTHS_BEFORE
    first = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
    progress(f"Loading {MONTHS_BEFORE + 1} months of sample traffic", 0.4)
    connection.execute(composed.SQL("set role {}").format(composed.Identifier(OWNER)))
    connection.execute("select public.watchtower_make_partitions(%s)", [first])
    _make_months(connection, first, now)
    connection.execute("select public.create_next_month_partitions()")
    connection.execute("reset role")
    middle = first + (until - first) * 0.55  # the later half has more traffic
    with ThreadPoolExecutor() as both:
        halves = [
            both.submit(_load_between, where, begin, end, until)
            for begin, end in ((first, middle), (middle, until))
        ]
        for half in halves:
            half.result()
    progress("Gathering statistics", 0.9)
    connection.execute("set default_statistics_target = 20")
    connection.execute("analyze public.sessions, public.events")


def _load_between(where: Place, since: datetime, until: datetime, moment: datetime) -> None:
    """The visits between two moments, and of their events those up to a moment.

    As superuser with the triggers and foreign keys off, which the keys made here do not need.
    """
    with _superuser(where, HALF_MADE) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set work_mem = '32MB'")
        connection.execute(sql.load("demo/20_traffic"))
        _add_sessions(connection, since, until, "month")
        _add_events(connection, since, until, moment)


def top_up(owner_url: str) -> int:
    """Add the traffic since the newest session; how many rows were added?

    Like any program it inserts through the guards, as the owner. Two copies may do it at once.
    Where an operator broke something the rest goes on: a sentence in the log says what failed.
    """
    now = datetime.now(UTC)
    try:
        with psycopg.connect(
            owner_url, autocommit=True, connect_timeout=5, row_factory=scalar_row
        ) as connection:
            connection.execute("set lock_timeout = '2s'")
            connection.execute("set statement_timeout = '60s'")
            connection.execute(sql.load("demo/20_traffic"))
            newest = "select max(created_at) from public.sessions where created_at <= %s"
            since: datetime = connection.execute(newest, [now]).fetchone() or now
            _tried("partitions", lambda: _make_months(connection, since, now))
            due = since - LOOK_BACK
            added = _tried("sessions", lambda: _new_sessions(connection, due, now))
            return added + _tried("events", lambda: _new_events(connection, due, now))
    except psycopg.Error as error:
        _log.warning("The demo's traffic was not topped up: %s", _sentence(error))
        return 0


def _tried(what: str, step: Callable[[], int]) -> int:
    try:
        return step()
    except psycopg.Error as error:
        _log.warning("The demo got no new %s: %s", what, _sentence(error))
        return 0


def _new_sessions(connection: psycopg.Connection[Any], since: datetime, now: datetime) -> int:
    with connection.transaction():
        connection.execute(ONE_AT_A_TIME)
        return _add_sessions(connection, since, now, "day")


def _new_events(connection: psycopg.Connection[Any], since: datetime, now: datetime) -> int:
    with connection.transaction():
        connection.execute(ONE_AT_A_TIME)
        return _add_events(connection, since, now, now)


def _make_months(connection: psycopg.Connection[Any], since: datetime, until: datetime) -> int:
    """Make the partitions that the monthly job would have made; how many could not be made?"""
    values = {"since": since, "until": until}
    problems = connection.execute(sql.prepared("demo/30_months"), values).fetchall()
    for problem in problems:
        _log.warning("The demo has no partition for its traffic: %s", problem)
    return len(problems)


def _add_sessions(
    connection: psycopg.Connection[Any], since: datetime, until: datetime, precision: str
) -> int:
    values = {"since": since, "until": until, "precision": precision}
    return connection.execute(sql.prepared("demo/40_sessions"), values).rowcount


def _add_events(
    connection: psycopg.Connection[Any], since: datetime, until: datetime, moment: datetime
) -> int:
    values = {"since": since, "until": until, "moment": moment}
    return connection.execute(sql.prepared("demo/41_events"), values).rowcount


def _made_of(connection: psycopg.Connection[Any]) -> str | None:
    """From which texts was the complete database made? None if there is none."""
    return connection.execute(
        "select coalesce(shobj_description(oid, 'pg_database'), 'unknown') from pg_database "
        "where datname = %s",
        [DATABASE],
    ).fetchone()


def _say_made_of(connection: psycopg.Connection[Any], database: str, texts: str) -> None:
    comment = composed.SQL("comment on database {} is {}")
    connection.execute(comment.format(composed.Identifier(database), texts))


def _texts() -> str:
    demo = sorted((sql.ROOT / "sql" / "demo").glob("[0-9]*.sql"))
    return f"Made from sql/demo {_digest(demo)}{SEPARATOR}{_digest(sql.setup_files())}"


def _digest(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _drop(connection: psycopg.Connection[Any], database: str) -> None:
    connection.execute(_with_names("drop database if exists {} with (force)", database))


def _with_names(text: str, *names: str) -> composed.Composed:
    return composed.SQL(text).format(*map(composed.Identifier, names))


def _superuser(where: Place, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        where.url(SUPERUSER, database), autocommit=True, connect_timeout=5, row_factory=scalar_row
    )


def _run_files(url: str, files: list[Path]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for file in files:
            connection.execute(file.read_bytes())
