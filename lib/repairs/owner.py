"""How do the owner's statements reach PostgreSQL, one run at a time, without anybody queueing long?

The sibling of lib/db/database.py, which only reads. Each transaction, of one that only reads too,
asks for its locks for a moment and, where somebody holds them, again later; and it fails unless
this run still holds the one lock that keeps a second run away. Where the server falls silent, the
connection is broken. Safe through a pooler in transaction mode.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import URL

from lib.core.errors import DatabaseUnreachable, RepairFailed, RepairStopped
from lib.core.results import Row
from lib.core.statements import stands_alone
from lib.core.words import spell
from lib.db import sql
from lib.db.connection import cut
from lib.db.unreachable import place_of, why_unreachable
from lib.repairs.messages import CHANGING, LOCK_MS, READING, briefly, connected, rows, unless_silent

PATIENCE_SECONDS = 60.0  # for so long a lock is asked for again
BEAT_SECONDS = 5.0
AGAIN = "What was done before stays done: run it again."

_PARTING_SECONDS = 5.0  # for so long the lock is given back in good order
_TOLD_SECONDS = 3.0  # after so long it is said who holds the lock
_BUSY = ("55P03", "40P01", "40001")
_LOST = "WT001"
_ENDED = ("57P01", "57P02", "57P03")
_TWO_CONNECTIONS = "Behind a pooler, apply needs two connections to the server at once."

Say = Callable[[str], None]
Stopped = Callable[[], bool]


class Owner:
    """The owner's connection in a run that is alone, and says when somebody keeps it waiting."""

    def __init__(
        self,
        url: URL,
        keeper: int,
        relations: Sequence[str],
        say: Say,
        stopped: Stopped,
    ) -> None:
        self._url, self._connection = url, connected(url)
        self._relations = list(relations)
        self.become = ""
        self._say, self._stopped = say, stopped
        self._alone = sql.by_hand("repairs/still_alone", {}, {"pid": keeper})

    def run(self, text: str, title: str, *, itself: bool = False) -> list[Row]:
        """Run these statements in one transaction, or the one that PostgreSQL allows in none.

        As the owner of the tables, so that what is made is theirs; `itself` as who connected. The
        rows of the last statement that has any. Raises: RepairFailed, RepairStopped,
        DatabaseUnreachable; nothing of it is left then.
        """
        opening = f"{CHANGING}{self._alone};\n{'' if itself else self.become}"
        return self._patiently(opening, text, title)

    def renew(self) -> None:
        """Connect anew: settings of the role and of the database count from then on."""
        self._connection.close()
        self._connection = connected(self._url)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def cut(self) -> None:
        """Break the connection: whatever waits for an answer on it fails."""
        cut(self._connection)

    def settle(self) -> None:
        """Wait for what a killed run has still under way.

        Raises: RepairFailed if it takes long, RepairStopped, DatabaseUnreachable.
        """
        try:
            briefly(self._connection, f"{READING}commit;")
        except psycopg.Error as error:
            raise DatabaseUnreachable(
                f"{why_unreachable(error, place_of(self._url))} {_TWO_CONNECTIONS}"
            ) from None
        try:
            self._patiently(READING, f"{sql.load('repairs/settled')};", "the first statement")
        except RepairFailed as error:
            if error.sqlstate not in _BUSY:
                raise
            raise RepairFailed(
                "A statement of an earlier apply is still running, although that apply has ended. "
                "Wait until the statement ends, or end it with pg_terminate_backend."
            ) from None

    def ask(self, name: str, title: str, **values: object) -> list[Row]:
        """What does sql/<name>.sql answer? Raises: what `read` raises."""
        return self.read(sql.by_hand(name, {}, values), title)

    def read(self, text: str, title: str) -> list[Row]:
        """What does this query answer? Raises: RepairFailed, RepairStopped, DatabaseUnreachable."""
        return self._patiently(f"{READING}{self._alone};\n", f"{text}\n;", title)

    def stop_here(self, title: str) -> None:
        """Go on, unless somebody asked to stop. Raises: RepairStopped."""
        if self._stopped():
            raise RepairStopped(f"Stopped before: {title}. {AGAIN}")

    def _patiently(self, opening: str, text: str, title: str) -> list[Row]:
        """Send it; where somebody holds a lock, say so and try again, but not without end."""
        began, pause, told = time.monotonic(), 0.1, False
        while True:
            self.stop_here(title)
            try:
                return self._send(opening, text)
            except psycopg.Error as error:
                self._take_back(title, error)
                waited = time.monotonic() - began
                if error.sqlstate not in _BUSY or waited > PATIENCE_SECONDS:
                    raise self._why(error, title) from None
                if waited > _TOLD_SECONDS and not told:
                    told = True
                    self._say(f"        waiting for a lock{self._held_by()}")
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(2.0, pause * 1.5)

    def _send(self, opening: str, text: str) -> list[Row]:
        rows(self._connection, opening)
        if stands_alone(text):
            rows(self._connection, "commit")
            return rows(self._connection, text)
        return rows(self._connection, f"{text}\ncommit;")

    def _take_back(self, title: str, error: psycopg.Error) -> None:
        """Nothing of a failed statement stays open. Raises: DatabaseUnreachable if that is so."""
        with suppress(psycopg.Error):
            self._connection.execute("rollback")
            if error.sqlstate not in _ENDED:
                return
        raise DatabaseUnreachable(f"The connection was lost during: {title}. {AGAIN}") from None

    def _why(self, error: psycopg.Error, title: str) -> RepairFailed | DatabaseUnreachable:
        """What stands in the way, in a sentence or two?"""
        said = error.diag.message_primary or "it failed"
        if error.sqlstate == _LOST:
            return DatabaseUnreachable(
                "The connection that keeps a second apply away was lost, so nothing more is run. "
                f"{AGAIN}"
            )
        if error.sqlstate in _BUSY:
            return RepairFailed(
                f"{title}: another session holds a lock{self._held_by()}. apply asked for it "
                f"for {PATIENCE_SECONDS:.0f} s. End that session, or run this again later.",
                error.sqlstate,
            )
        if error.sqlstate == "42501":
            return RepairFailed(
                f"{title}: this role may not do that ({said}). The owner of the tables may do most "
                "of it; what is beyond the owner, a superuser does by hand."
            )
        hint = f" {error.diag.message_hint}" if error.diag.message_hint else ""
        return RepairFailed(f"{title}: {said}.{hint}", error.sqlstate, said)

    def _held_by(self) -> str:
        """By whom, as a clause. Empty where that cannot be told."""
        with suppress(psycopg.Error):
            text = sql.by_hand("repairs/holders", {}, {"relations": self._relations})
            if found := rows(self._connection, f"set local lock_timeout = '{LOCK_MS}ms';\n{text}"):
                return "; locks are held by " + ", ".join(map(_holder, found))
        return ""


@contextmanager
def alone(url: URL, relations: Sequence[str], say: Say, stopped: Stopped) -> Iterator[Owner]:
    """The owner's connection, for one run at a time in this database.

    A transaction of its own holds the lock and is kept awake. Raises: RepairFailed when another run
    is at work, DatabaseUnreachable.
    """
    with ExitStack() as stack:
        try:
            keeper = stack.enter_context(closing(connected(url)))
        except DatabaseUnreachable as error:
            raise DatabaseUnreachable(f"As the owner, over WATCHTOWER_ADMIN_URL: {error}") from None
        try:
            (held,) = briefly(keeper, f"{READING}{sql.load('repairs/lock')}")
            pid = briefly(keeper, sql.load("repairs/keeper"))[-1]["pid"]
        except psycopg.Error as error:
            raise DatabaseUnreachable(why_unreachable(error, place_of(url))) from None
        if not held["held"]:
            raise RepairFailed(
                "Another apply is at work on this database. Wait until it has ended, or stop it: "
                "what it has done stays done."
            )
        owner = stack.enter_context(closing(Owner(url, pid, relations, say, stopped)))
        stack.enter_context(_awake(keeper, owner))
        owner.settle()
        yield owner


@contextmanager
def _awake(keeper: psycopg.Connection[Any], owner: Owner) -> Iterator[None]:
    """A pooler or a firewall must not take the keeper for idle. If it is lost, `run` notices.

    A statement of the owner's may take hours; a server that does not even answer the keeper hangs.
    """
    over = threading.Event()

    def cut_both() -> None:
        owner.cut()
        cut(keeper)

    def beat() -> None:
        with suppress(psycopg.Error):
            while not over.wait(BEAT_SECONDS):
                with unless_silent(cut_both):
                    keeper.execute("select 1")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        with suppress(psycopg.Error), unless_silent(partial(cut, keeper), _PARTING_SECONDS):
            thread.join()
            keeper.execute("rollback")


def _holder(row: Row) -> str:
    """Process 4711 (app, psql, idle in transaction, 2 min); or a prepared transaction."""
    since = None if row["seconds"] is None else spell(timedelta(seconds=row["seconds"]))
    if row["pid"] is None:
        return f"the prepared transaction {row['application']} ({row['role']}, {since})"
    told = [str(row[name]) for name in ("role", "application", "state") if row[name]]
    told = list(dict.fromkeys(told))
    if since is not None:
        told.append(since)
    return f"process {row['pid']} ({' '.join(', '.join(told).split())})"
