"""How is a plan carried out so that nothing is lost and nobody waits for long behind it?

Every statement of the plan is a transaction of its own, and mends something by itself: a run that
is cut off leaves what it has done, and the next one makes its plan afresh. Locks are asked for
with a short time out and asked for again.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from lib import sql, verification
from lib.checks.repairs import Batch, batch
from lib.database import Database
from lib.errors import DatabaseUnreachable, MendFailed
from lib.guards import GUARDS
from lib.plan import Action, Plan, plan
from lib.results import Report
from lib.unreachable import place_of, why_unreachable

CHECK_NAME = "partition_watchtower_applied"
LOCK_MS = 500
TRIES = 20
ROUNDS = 5
BATCH_ROWS = 500

_PAUSE_SECONDS = 0.5
_BEAT_SECONDS = 20.0
_BUSY = ("55P03", "40P01", "40001")
_LOCAL = f"set local lock_timeout = '{LOCK_MS}ms'"
_ASKS = re.compile(r"set local lock_timeout = '[^']*'")
_BEGINS = re.compile(r"^begin;$", re.MULTILINE)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Mended:
    """What was done and what could not be, and what the verification after it says."""

    done: tuple[str, ...]
    failed: tuple[str, ...]
    left: Plan
    report: Report


@dataclass
class _Work:
    """One run: the owner's connection, the database as its watcher sees it, and what came of it."""

    connection: psycopg.Connection[Any]
    database: Database
    say: Say
    canonical: Path | None
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def apply(watched: URL, owner: URL, *, who: str, say: Say, canonical: Path | None = None) -> Mended:
    """Run the plan of this database until there is none, and verify.

    `watched` is how the watchtower looks, so that what it cannot see is mended too; `owner` runs
    the statements. One that fails is told, and the others go on: each mends something by itself.

    Raises: DatabaseUnreachable; MendFailed if another one is at work, or these are two databases.
    """
    database = Database(watched)
    try:
        with _connected(owner) as connection, _alone(owner):
            _same(connection, watched)
            work = _Work(connection, database, say, canonical)
            _rounds(work)
            if work.done:
                _remember(work, who)
        report = verification.verify(database, who=who, face="apply", canonical=canonical)
        return Mended(tuple(work.done), tuple(work.failed), plan(report), report)
    finally:
        database.close()


def _rounds(work: _Work) -> None:
    """Plan, run, and plan again, for what a statement mends may bring the next one to light."""
    tried: set[str] = set()
    for _ in range(ROUNDS):
        found = plan(verification.examine(work.database, canonical=work.canonical))
        fresh = [action for action in found.actions if action.sql not in tried]
        if not fresh:
            return
        for number, action in enumerate(fresh, 1):
            work.say(f"{number} of {len(fresh)}  {action.title}")
            tried.add(action.sql)
            try:
                _carry_out(work.connection, action, work.say)
            except MendFailed as error:
                work.failed.append(str(error))
                work.say(f"        not done: {error}")
            else:
                work.done.append(action.title)


def _carry_out(connection: psycopg.Connection[Any], action: Action, say: Say) -> None:
    if action.step == "repair-keys":
        for guard in sorted(GUARDS, key=lambda guard: guard.reference is not None):
            _repair(connection, batch(guard, BATCH_ROWS), say)
        return
    for text in _messages(action.sql):
        _send(connection, text, action.title)


def _repair(connection: psycopg.Connection[Any], repair: Batch, say: Say) -> None:
    """One table's repair, batch after batch, until none is left."""
    ((total,),) = _send(connection, repair.count, repair.title)
    began, done, text = time.monotonic(), 0, repair.first
    while total:
        ((rows, last),) = _send(connection, text, repair.title)
        if not rows:
            return
        done += rows
        rate = done / max(time.monotonic() - began, 0.001)
        wait = max(total - done, 0) / rate
        say(f"        {repair.title}: {done:,} of {total:,} rows, about {wait:.0f} s to go")
        text = repair.next.replace("{last}", last)


def _messages(text: str) -> list[str]:
    """One transaction; where PostgreSQL allows none, each statement by itself."""
    if not re.search(r"^alter system\b", text, re.MULTILINE):
        return [_patient(text)]
    return [part for part in re.split(r"(?<=;)\n", text) if part.strip()]


def _patient(text: str) -> str:
    """The same, asking for its locks for a moment only."""
    if not _BEGINS.search(text):
        return f"begin;\n{_LOCAL};\n{text}\ncommit;"
    if _ASKS.search(text):
        return _ASKS.sub(_LOCAL, text)
    return _BEGINS.sub(f"begin;\n{_LOCAL};", text)


def _send(connection: psycopg.Connection[Any], text: str, title: str) -> list[tuple[Any, ...]]:
    """Run it whole; while somebody holds a lock, again. The rows of the last statement with any."""
    for attempt in range(TRIES):
        try:
            rows: list[tuple[Any, ...]] = []
            cursor = connection.execute(text.encode())
            while True:
                if cursor.description:
                    rows = cursor.fetchall()
                if not cursor.nextset():
                    return rows
        except psycopg.Error as error:
            _ended(connection, title)
            if error.sqlstate not in _BUSY or attempt == TRIES - 1:
                raise _why(error, title) from None
            threading.Event().wait(_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def _ended(connection: psycopg.Connection[Any], title: str) -> None:
    """Nothing of a failed statement stays open."""
    try:
        connection.execute("rollback")
    except psycopg.Error:
        raise DatabaseUnreachable(
            f"The connection was lost during: {title}. What was done before stays done: "
            "run it again."
        ) from None


def _why(error: psycopg.Error, title: str) -> MendFailed:
    """What stands in the way, in one sentence?"""
    if error.sqlstate in _BUSY:
        return MendFailed(
            f"{title}: another session holds a lock, and {TRIES} attempts of {LOCK_MS} ms did not "
            "get it. What was done before stays done: end that session, or try again later."
        )
    if error.sqlstate == "42501":
        return MendFailed(
            f"{title}: this role may not do that ({error.diag.message_primary}). The owner of "
            "the tables may do most of it; what is beyond the owner, a superuser does by hand."
        )
    hint = f" {error.diag.message_hint}" if error.diag.message_hint else ""
    return MendFailed(f"{title}: {error.diag.message_primary or 'it failed'}.{hint}")


@contextmanager
def _connected(url: URL) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection, for one message a transaction; safe through a pooler."""
    try:
        connection: psycopg.Connection[Any] = psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=4,
            application_name="partition-watchtower apply",
            cursor_factory=psycopg.ClientCursor,
        )
    except psycopg.Error as error:
        raise DatabaseUnreachable(why_unreachable(error, place_of(url))) from None
    with connection:
        yield connection


@contextmanager
def _alone(url: URL) -> Iterator[None]:
    """One at a time: a transaction of its own holds the lock, and is kept awake.

    Raises: MendFailed when another one is at work.
    """
    with _connected(url) as keeper:
        keeper.execute("begin")
        held = keeper.execute(sql.load("mending/lock")).fetchone()
        if not held or not held[0]:
            raise MendFailed("Another apply is at work on this database: wait until it has ended.")
        over = threading.Event()

        def keep_awake() -> None:
            while not over.wait(_BEAT_SECONDS):
                keeper.execute("select 1")

        awake = threading.Thread(target=keep_awake, daemon=True)
        awake.start()
        try:
            yield
        finally:
            over.set()
            awake.join()
            keeper.execute("rollback")


def _same(connection: psycopg.Connection[Any], watched: URL) -> None:
    """Raises: MendFailed if the owner's connection leads to another database than the watched."""
    question = sql.load("mending/place")
    with _connected(watched) as other:
        here, there = (each.execute(question).fetchone() for each in (connection, other))
    if here != there:
        raise MendFailed("WATCHTOWER_ADMIN_URL and DATABASE_URL lead to two different databases.")


def _remember(work: _Work, who: str) -> None:
    """Keep what was done, as one row of the history, where there is one."""
    details = {"by": who, "done": work.done, "failed": work.failed}
    values = {
        "check_name": CHECK_NAME,
        "ok": not work.failed,
        "details": json.dumps(details),
    }
    try:
        work.connection.execute(sql.by_hand("history/record", {}, values).encode())
    except psycopg.Error as error:
        work.say(f"        not in the history: {error.diag.message_primary}")
