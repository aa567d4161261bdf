"""How does anything here reach PostgreSQL? The only connection, and the only translation of errors.

Reads run in read-only transactions with local budgets, which is safe through a pooler in
transaction mode.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from sqlalchemy import URL, Pool

from lib.core import values
from lib.core.context import Context
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.results import Row
from lib.db import sql
from lib.db.connection import Budget, Line, Server, pool_of
from lib.db.unreachable import breaks, place_of

STATEMENT_SECONDS = 2.0
LOCK_SECONDS = 0.2


class Database:
    """Which database is watched? Holds the connection pool; thread-safe.

    `demo` says that it is the embedded one: what is found there says so.
    """

    def __init__(self, url: URL, *, demo: bool = False) -> None:
        self.url = url
        self._demo = demo
        self._closed = False
        self._server = Server(place_of(url))
        self._pool = pool_of(url)

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
        session = Session(self._pool, Budget(seconds), self._server, demo=self._demo)
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
    """

    def __init__(self, pool: Pool, budget: Budget, server: Server, *, demo: bool = False) -> None:
        self.demo = demo
        self.budget = budget
        self.reserve = 0.0  # seconds of the budget that are kept for what comes later
        self._line = Line(pool, budget, server)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A read-only transaction, never committed."""
        yield self._transaction("session/reading")

    def rows(
        self, name: str, identifiers: Mapping[str, str] | None = None, /, **values: object
    ) -> tuple[Row, ...]:
        """What does sql/<name>.sql answer, in a read-only transaction of its own?

        Raises: QueryFailed, DatabaseUnreachable.
        """
        with self.reading() as transaction:
            return transaction.rows(name, identifiers, **values)

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
        self._line.close(discard=discard)

    def execute(self, text: str, bound: Mapping[str, object] | None, name: str) -> tuple[Row, ...]:
        """Send this text in one message; the rows of its last statement.

        Where values are bound, to their placeholders, a percent sign is written twice.

        Raises: QueryFailed, DatabaseUnreachable.
        """
        driver = self._line.driver
        try:
            with psycopg.ClientCursor(driver, row_factory=dict_row) as cursor:
                cursor.execute(text.encode(), bound)
                cursor.set_result(-1)  # without a look at each before it
                return tuple(cursor.fetchall()) if cursor.description else ()
        except psycopg.Error as error:
            raise self._translated(error, name) from None
        except (ValueError, OverflowError):  # of a kind that the driver cannot read
            raise QueryFailed(name, "", values.UNREADABLE) from None

    @property
    def reads_backslashes(self) -> bool:
        """Is this a database with standard_conforming_strings off? A message is read as a whole."""
        info = self._line.driver.info
        return info.parameter_status("standard_conforming_strings") == "off"

    def _transaction(self, prologue: str, then: str = "") -> Transaction:
        seconds = min(STATEMENT_SECONDS, self.budget.left - self.reserve)
        if seconds < 0.05:
            raise QueryFailed(prologue, "", "the time for the whole verification was used up")
        limits = {
            "statement_timeout": int(seconds * 1000),
            "lock_timeout": int(LOCK_SECONDS * 1000),
        }
        status = self._line.driver.info.transaction_status
        ending = "" if status == TransactionStatus.IDLE else "rollback;\n"
        opening = f"{ending}begin;\n{sql.by_hand(prologue, {}, limits)}\n"
        return Transaction(self, opening + (sql.load(then) if then else ""))

    def _translated(self, error: psycopg.Error, name: str) -> QueryFailed | DatabaseUnreachable:
        """Which of our errors is this one? A broken connection is let go of."""
        if breaks(error):
            return self._line.lost(error)
        said = error.diag.message_primary or values.UNREADABLE
        return QueryFailed(name, error.sqlstate or "", said)


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


def _bindable(value: object) -> object:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def once(session: Session, context: Context, name: str, **values: object) -> tuple[Row, ...]:
    """What sql/<name>.sql answers, asked where no earlier check of the run has asked it."""
    if name not in context.kept:
        context.kept[name] = session.rows(name, **values)
    return context.kept[name]
