"""How is a connection had, watched while it is in use, replaced once it broke, and given back?

PostgreSQL bounds each statement; a timer on this side bounds a server that has stopped answering
altogether.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import Conninfo
from sqlalchemy import URL, Pool, PoolProxiedConnection, QueuePool
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lib.core import values
from lib.core.errors import DatabaseUnreachable
from lib.db.unreachable import breaks, hopeless, why_broken, why_silent, why_unreachable

CONNECT_SECONDS = 4
GRACE_SECONDS = 0.3

OPTIONS: dict[str, Any] = {
    "autocommit": True,  # each transaction says its own begin
    "connect_timeout": CONNECT_SECONDS,
    "prepare_threshold": None,
    "client_encoding": "utf8",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
    "application_name": "partition-watchtower",
}


def pool_of(url: URL) -> Pool:
    """How are connections of this database made, and how many at once?

    The pool alone, without an engine: an engine asks the first connection what server it is, before
    there is a timer, and one that falls silent then would hold its caller for ever.
    """
    asked = {**parameters(url), **OPTIONS}

    def connect() -> Any:
        driver = psycopg.connect(**asked)
        values.clamp(driver)
        return driver

    return QueuePool(
        connect,
        pool_size=1,
        max_overflow=2,  # three copies and a command fit into the ten of the role
        timeout=CONNECT_SECONDS,
        recycle=600,
    )


def parameters(url: URL) -> dict[str, Any]:
    """By which of PostgreSQL's own parameters is this database reached?

    Raises: ValueError where one is none of them, stands twice, is no number or holds a NUL, at
    which PostgreSQL's library takes the whole address to end.
    """
    try:
        _, found = url.get_dialect()().create_connect_args(url)
    except ArgumentError as error:
        raise ValueError("its hosts and ports") from error
    known = {each.keyword.decode() for each in Conninfo.get_defaults()}
    sound = all(isinstance(each, str | int) and "\0" not in str(each) for each in found.values())
    if not sound or not known.issuperset(found):
        raise ValueError("its parameters")
    return dict(found)


class Budget:
    """How much time is left of `seconds`, counted from now on a monotonic clock?"""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self._end - time.monotonic())


@dataclass
class Server:
    """Where is it, and does a pooler stand before it, as far as an answer has told?"""

    place: str
    pooled: bool = False

    def greet(self, driver: psycopg.Connection[Any]) -> None:
        """Ask the first question; behind a pooler another process answers than let us in."""
        answer = driver.execute("select pg_catalog.pg_backend_pid()").fetchone()
        self.pooled = answer is not None and answer[0] != driver.info.backend_pid


class Line:
    """One connection of the pool at a time, for a run that has this budget.

    One that breaks is replaced once it is needed again; after a failed attempt to connect every
    further one fails at once, so that a dead host costs its time out once.
    """

    def __init__(self, pool: Pool, budget: Budget, server: Server) -> None:
        self._pool, self._budget, self._server = pool, budget, server
        self._connection: PoolProxiedConnection | None = None
        self._dead: DatabaseUnreachable | None = None
        self._broken: DatabaseUnreachable | None = None
        self._timer: threading.Timer | None = None

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """The connection in use; one from the pool that has died meanwhile is replaced.

        Raises: DatabaseUnreachable.
        """
        if self._dead is not None:
            raise self._dead
        while self._connection is None:
            connection = self._connect()
            self._watch(_driver(connection))
            try:
                self._server.greet(_driver(connection))
            except psycopg.Error as error:
                if breaks(error):
                    self._broke(error)
                    connection.invalidate()
                    connection.close()
                    if self._dead is not None:
                        raise self._dead from None
                    continue
            self._connection = connection
        return _driver(self._connection)

    def lost(self, error: psycopg.Error) -> DatabaseUnreachable:
        """Why did it break? It is let go of."""
        if self._connection is not None:
            self._connection.invalidate()
        self.close()
        return self._broke(error)

    def close(self, *, discard: bool = False) -> None:
        """End what is open and give the connection back to the pool, or close it."""
        if self._connection is not None:
            try:
                _driver(self._connection).rollback()
            except psycopg.Error:
                discard = True  # the pool would try it again, and log how that failed
            except DatabaseUnreachable:
                discard = False  # it has been discarded
            if discard:
                self._connection.invalidate()
            with contextlib.suppress(DBAPIError):
                self._connection.close()
            self._connection = None
        if self._timer is not None:
            self._timer.cancel()

    def _connect(self) -> PoolProxiedConnection:
        if self._broken is not None and self._budget.left < CONNECT_SECONDS:
            raise self._broken
        try:
            return self._pool.connect()
        except PoolTimeout:
            self._dead = DatabaseUnreachable("Every connection of this copy is busy.")
        except (DBAPIError, psycopg.Error, UnicodeError) as error:  # of a name like a..b
            self._dead = DatabaseUnreachable(why_unreachable(error, self._server.place))
        raise self._dead from None

    def _broke(self, error: psycopg.Error) -> DatabaseUnreachable:
        """Why? It is kept in mind, and that to connect anew is of no use where that is so."""
        self._broken = DatabaseUnreachable(why_broken(error, self._server.place))
        if self._dead is None and hopeless(error):
            self._dead = self._broken
        return self._dead or self._broken

    def _watch(self, connection: psycopg.Connection[Any]) -> None:
        """Break the connection when the server is still silent after the whole budget.

        `statement_timeout` is the server's; one that hangs altogether never applies it.
        """
        if self._timer is not None:
            self._timer.cancel()
        wait = self._budget.left + GRACE_SECONDS
        self._timer = threading.Timer(wait, self._cut, [connection])
        self._timer.daemon = True
        self._timer.start()

    def _cut(self, connection: psycopg.Connection[Any]) -> None:
        words = why_silent(self._server.place, pooled=self._server.pooled)
        self._dead = DatabaseUnreachable(words)
        cut(connection)


def cut(connection: psycopg.Connection[Any]) -> None:
    """Break it, so that whoever waits for an answer on it goes on."""
    with contextlib.suppress(OSError, psycopg.Error):
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        twin.shutdown(socket.SHUT_RDWR)
        twin.close()


def _driver(connection: PoolProxiedConnection) -> psycopg.Connection[Any]:
    driver: Any = connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise DatabaseUnreachable("The connection was lost.")
    return driver
