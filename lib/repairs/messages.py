"""How does one message of a repair reach PostgreSQL, so that no silence is waited for forever?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import URL

from lib.core.errors import DatabaseUnreachable
from lib.core.results import Row
from lib.db import sql
from lib.db.connection import OPTIONS, cut
from lib.db.unreachable import place_of, why_unreachable

LOCK_MS = 250  # for so long it queues for a lock, and ingestion behind it
SILENT_SECONDS = 30.0  # what answers at once, and has not for so long, hangs

# What runs comes in a message after it, for how a text is read is settled before any of it runs. A
# snapshot that was taken while waiting for a lock would be one of before; and a function of
# somebody's own in public must not stand in for PostgreSQL's.
_BEGIN = f"""
set local standard_conforming_strings = on;
set local search_path = pg_catalog, pg_temp;
set local statement_timeout = 0;
set local lock_timeout = '{LOCK_MS}ms';
"""
CHANGING = f"begin isolation level read committed, read write;{_BEGIN}"
READING = f"begin isolation level read committed, read only;{_BEGIN}"


def connected(url: URL) -> psycopg.Connection[Any]:
    """A connection for one message a transaction. Raises: DatabaseUnreachable."""
    options = {**OPTIONS, "application_name": "partition-watchtower apply"}
    try:
        return psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            cursor_factory=psycopg.ClientCursor,
            **options,
        )
    except psycopg.Error as error:
        raise DatabaseUnreachable(why_unreachable(error, place_of(url))) from None


def rows(connection: psycopg.Connection[Any], text: str) -> list[Row]:
    """The rows of the last statement that has any. It may take long: who calls it watches it."""
    found: list[Row] = []
    with psycopg.ClientCursor(connection, row_factory=dict_row) as cursor:
        cursor.execute(text.encode())
        while True:
            if cursor.description:
                found = list(cursor.fetchall())
            if not cursor.nextset():
                return found


def briefly(connection: psycopg.Connection[Any], text: str) -> list[Row]:
    """The same, of what is answered at once or never."""
    with unless_silent(partial(cut, connection)):
        return rows(connection, text)


def answer(connection: psycopg.Connection[Any], name: str, **values: object) -> Row:
    """The one row of sql/<name>.sql. Raises: DatabaseUnreachable."""
    try:
        (row,) = briefly(connection, sql.by_hand(name, {}, values))
    except psycopg.Error:
        raise DatabaseUnreachable("The connection was lost before anything was done.") from None
    return row


@contextmanager
def unless_silent(break_it: Callable[[], None], seconds: float | None = None) -> Iterator[None]:
    """What is in here gets so long; then its connection is broken. Raises: ConnectionTimeout."""
    silent = threading.Event()

    def end() -> None:
        silent.set()
        break_it()

    timer = threading.Timer(seconds or SILENT_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg.Error:
        if silent.is_set():
            raise psycopg.errors.ConnectionTimeout("timeout: it fell silent") from None
        raise
    finally:
        timer.cancel()
