"""How does anything here reach PostgreSQL? The only connection, and the only translation of errors.

Reads run in read-only transactions with local budgets, which is safe through a pooler in
transaction mode. PostgreSQL bounds each statement; a timer on this side bounds a server that has
stopped answering altogether.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from sqlalchemy import URL, Pool, PoolProxiedConnection, QueuePool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lib import sql, values
from lib.errors import DatabaseUnreachable, QueryFailed
from lib.results import Row
from lib.unreachable import (
    breaks,
    hopeless,
    place_of,
    why_broken,
    why_silent,
    why_unreachable,
)

CONNECT_SECONDS = 4
STATEMENT_SECONDS = 2.0
LOCK_SECONDS = 0.2
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


class Budget:
    """How much time is left of `seconds`, counted from now on a monotonic clock?"""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self._end - time.monotonic())


class Database:
    """Which database is watched? Holds the connection pool; thread-safe.

    `demo` says that it is the embedded one: what is found there says so.
    """

    def __init__(self, url: URL, *, demo: bool = False) -> None:
        self.url = url
        self._demo = demo
        self._closed = False
        where, options = url.get_dialect()().create_connect_args(url)
        # The pool alone, without an engine: an engine asks the first connection what server it is,
        # before there is a timer, and one that falls silent then would hold its caller for ever.
        connect: Any = partial(psycopg.connect, *where, **{**options, **OPTIONS})
        self._pool = QueuePool(
            connect,
            pool_size=1,
            max_overflow=2,  # three copies and a command fit into the ten of the role
            timeout=CONNECT_SECONDS,
            recycle=600,
        )

    @property
    def name(self) -> str:
        """Database and host, for people; never user or password."""
        if self._demo:
            return "the embedded demo"
        host = self.url.host
        return f"{self.url.database or 'default'} on {host}" if host else str(self.url.database)

    @contextlib.contextmanager
    def session(self, seconds: float) -> Iterator[Session]:
        """One connection for a run of transactions that together get `seconds`."""
        session = Session(self._pool, Budget(seconds), place_of(self.url), demo=self._demo)
        try:
            yield session
        finally:
            session.close(discard=self._closed)

    def close(self) -> None:
        """Give back every connection; one that is in use is closed when its run has ended."""
        self._closed = True
        self._pool.dispose()


class Session:
    """Transactions, one after the other, within one budget.

    A read costs one round trip: the end of the transaction before, the beginning of this one, its
    settings and the query travel together, so that a database far away still answers in time.

    A connection that breaks is replaced once it is needed again; after a failed attempt to
    connect every further transaction fails at once, so that a dead host costs its time out once.
    """

    def __init__(self, pool: Pool, budget: Budget, place: str, *, demo: bool = False) -> None:
        self.demo = demo
        self._pool = pool
        self._connection: PoolProxiedConnection | None = None
        self._dead: DatabaseUnreachable | None = None
        self._broken: DatabaseUnreachable | None = None
        self._place = place
        self._timer: threading.Timer | None = None
        self.budget = budget
        self.reserve = 0.0  # seconds of the budget that are kept for what comes later

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A read-only transaction, never committed."""
        yield self._transaction("session/reading")

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A read-write transaction, committed at the end of the block.

        The history is all that is written: it takes nothing where a stranger armed it.
        """
        transaction = self._transaction("session/writing", "session/unarmed")
        yield transaction
        transaction.send("commit")

    @contextlib.contextmanager
    def probing(self) -> Iterator[Transaction]:
        """A read-write transaction for temporary tables alone, always rolled back."""
        yield self._transaction("session/probing")

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

    def execute(self, text: str, bound: Mapping[str, object] | None, name: str) -> tuple[Row, ...]:
        """Send this text in one message; the rows of its last statement.

        Where values are bound, to their placeholders, a percent sign is written twice.

        Raises: QueryFailed, DatabaseUnreachable.
        """
        driver = _driver(self._connected())
        try:
            with psycopg.ClientCursor(driver, row_factory=dict_row) as cursor:
                values.clamp(cursor)
                cursor.execute(text.encode(), bound)
                while cursor.nextset():
                    pass
                return tuple(cursor.fetchall()) if cursor.description else ()
        except psycopg.Error as error:
            raise self._translated(error, name) from None
        except (ValueError, OverflowError):  # of a kind that the driver cannot read
            raise QueryFailed(name, "", values.UNREADABLE) from None

    @property
    def reads_backslashes(self) -> bool:
        """Is this a database with standard_conforming_strings off? A message is read as a whole."""
        status = _driver(self._connected()).info.parameter_status("standard_conforming_strings")
        return status == "off"

    def _transaction(self, prologue: str, then: str = "") -> Transaction:
        seconds = min(STATEMENT_SECONDS, self.budget.left - self.reserve)
        if seconds < 0.05:
            raise QueryFailed(prologue, "", "the time for the whole verification was used up")
        limits = {
            "statement_timeout": int(seconds * 1000),
            "lock_timeout": int(LOCK_SECONDS * 1000),
        }
        status = _driver(self._connected()).info.transaction_status
        ending = "" if status == TransactionStatus.IDLE else "rollback;\n"
        opening = f"{ending}begin;\n{sql.by_hand(prologue, {}, limits)}\n"
        return Transaction(self, opening + (sql.load(then) if then else ""))

    def _connected(self) -> PoolProxiedConnection:
        """The connection in use; one from the pool that has died meanwhile is replaced."""
        if self._dead is not None:
            raise self._dead
        while self._connection is None:
            connection = self._connect()
            self._watch(_driver(connection))
            try:
                _driver(connection).execute("select 1")
            except psycopg.Error as error:
                self._broke(error)
                connection.invalidate()
                connection.close()
                if self._dead is not None:
                    raise self._dead from None
                continue
            self._connection = connection
        return self._connection

    def _connect(self) -> PoolProxiedConnection:
        if self._broken is not None and self.budget.left < CONNECT_SECONDS:
            raise self._broken
        try:
            return self._pool.connect()
        except PoolTimeout:
            self._dead = DatabaseUnreachable("Every connection of this copy is busy.")
        except (DBAPIError, psycopg.Error, UnicodeError) as error:  # of a name like a..b
            self._dead = DatabaseUnreachable(why_unreachable(error, self._place))
        raise self._dead from None

    def _translated(self, error: psycopg.Error, name: str) -> QueryFailed | DatabaseUnreachable:
        """Which of our errors is this one? A broken connection is let go of."""
        if not breaks(error):
            said = error.diag.message_primary or values.UNREADABLE
            return QueryFailed(name, error.sqlstate or "", said)
        if self._connection is not None:
            self._connection.invalidate()
        self.close()
        return self._broke(error)

    def _broke(self, error: psycopg.Error) -> DatabaseUnreachable:
        """Why? It is kept in mind, and that to connect anew is of no use where that is so."""
        self._broken = DatabaseUnreachable(why_broken(error, self._place))
        if self._dead is None and hopeless(error):
            self._dead = self._broken
        return self._dead or self._broken

    def _watch(self, connection: psycopg.Connection[Any]) -> None:
        """Break the connection when the server is still silent after the whole budget.

        `statement_timeout` is the server's; one that hangs altogether never applies it.
        """
        if self._timer is not None:
            self._timer.cancel()
        wait = self.budget.left + GRACE_SECONDS
        self._timer = threading.Timer(wait, self._cut, [connection])
        self._timer.daemon = True
        self._timer.start()

    def _cut(self, connection: psycopg.Connection[Any]) -> None:
        at_once = self._connection is None
        self._dead = DatabaseUnreachable(why_silent(self._place, at_once=at_once))
        cut(connection)


class Transaction:
    """One transaction; reads and calls by the name of a file under sql/.

    Its beginning waits for the first statement and travels with it.
    """

    def __init__(self, session: Session, opening: str) -> None:
        self._session = session
        self._opening = opening

    def rows(
        self, name: str, identifiers: Mapping[str, str] | None = None, **values: object
    ) -> tuple[Row, ...]:
        """What does sql/<name>.sql answer?

        Raises: QueryFailed, DatabaseUnreachable.
        """
        text = sql.prepared(name, tuple(sorted((identifiers or {}).items())))
        bound = {key: _bindable(value) for key, value in values.items()}
        return self._execute(text, bound, name)

    def run(self, name: str) -> None:
        """Run sql/<name>.sql, which takes no parameters and answers nothing.

        Raises: QueryFailed, DatabaseUnreachable.
        """
        self._execute(sql.prepared(name), {}, name)

    def send(self, text: str) -> None:
        """Run statements that take no parameters; the literal text, so none of it from outside.

        Raises: QueryFailed, DatabaseUnreachable.
        """
        self._execute(text, None, "session")

    def _execute(self, text: str, bound: Mapping[str, object] | None, name: str) -> tuple[Row, ...]:
        opening, self._opening = self._opening, ""
        if opening and self._session.reads_backslashes:
            self._session.execute(opening, None, name)  # the text is read as the opening says
            opening = ""
        return self._session.execute(opening + text, bound, name)


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


def _bindable(value: object) -> object:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
