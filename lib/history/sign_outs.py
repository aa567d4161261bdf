"""Which sign-ins were ended before their time, in whichever copy of the app?

A sign-out is a history row, so every copy knows it, and a restart forgets none. Other tabs of a
browser, and a copy of its cookie, would stay signed in without this.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from lib.checks import lock_holders
from lib.checks.row_visibility import blind_words
from lib.core.errors import DatabaseUnreachable, QueryFailed, WatchtowerError
from lib.db.database import Database, Session
from lib.history.history import SIGNED_OUT
from lib.history.rows import keep
from lib.remedies.unobserved import reason
from lib.settings.operators import SKEW, Claims

_MOST = 10_000
_SECONDS = 5.0  # somebody waits for it; in less no connection that has died is replaced
_CLOCKS = timedelta(hours=1)  # how far this machine's clock may be off the database's
_NO_TABLE = "42P01"
_ROWS = "history/signed_out"
_HISTORY: dict[str, Any] = {
    "schemas": ["public"],
    "tables": ["watchtower_checks"],
    "columns": ["check_name,details,created_at"],
}


class SignOuts:
    """What was ended here, and what the other copies' rows say. Thread-safe; one a process.

    `key` is what signs the sign-ins: a row holds a keyed digest, which names nobody. What this
    process knows holds whatever the history says.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended: dict[str, datetime] = {}
        self._untold: set[str] = set()
        self._heard = False  # once at least
        self._deaf = self._mute = ""  # why
        self.key = b""
        self.database: Database | None = None

    @property
    def trouble(self) -> str:
        """Why may copies not know of each other's sign-outs? Empty where they do."""
        return self._deaf or (self._mute if self._untold else "")

    def end(self, claims: Claims, max_age: timedelta, now: datetime) -> None:
        """From now on this sign-in counts for nothing, in every tab of every copy."""
        mark = self._mark(claims)
        with self._lock:
            self._ended = {each: until for each, until in self._ended.items() if until > now}
            new = {mark} - self._ended.keys()
            self._ended[mark] = now + max_age + SKEW
            self._untold = (self._untold & self._ended.keys()) | new
        self.exchange(max_age, now)

    def still_in(self, claims: Claims) -> bool:
        """Was this sign-in not ended, as far as this process knows?"""
        return self._mark(claims) not in self._ended

    def exchange(self, max_age: timedelta, now: datetime, *, telling: bool = True) -> str:
        """Hear what was ended in other copies and, where `telling`, tell them what was ended here.

        Why is it not known who signed out there? Empty where it is, and where this database has
        had no history yet that could say it. Takes some seconds at most; nothing happens where
        nobody can sign in.
        """
        if not self.key:
            return ""
        if self.database is None:
            self._deaf = self._mute = "The database has not been reached yet."
            return self._deaf
        with self.database.session(_SECONDS) as session:
            error = _failed(partial(self._hear, session, max_age, now))
            self._deaf = deaf = _words(session, error)
            if telling:
                self._mute = _words(session, _failed(partial(self._tell, session)))
        absent = isinstance(error, QueryFailed) and error.sqlstate == _NO_TABLE
        return "" if absent and not self._heard else deaf

    def _hear(self, session: Session, max_age: timedelta, now: datetime) -> None:
        seconds = int((max_age + SKEW + _CLOCKS).total_seconds())
        with session.reading() as transaction:
            rows = transaction.rows(_ROWS, seconds=seconds, most=_MOST)
            views = transaction.rows("checks/row_visibility", **_HISTORY)
        heard = {row["mark"] for row in rows}
        with self._lock:
            self._ended.update(dict.fromkeys(heard - self._ended.keys(), now + max_age + SKEW))
        if len(rows) == _MOST:
            raise QueryFailed(_ROWS, "", f"there are {_MOST:,} sign-outs or more")
        for view in views:
            if view["row_security"] and not view["sees_all"]:
                raise QueryFailed(_ROWS, "", blind_words(view["relation"], view))
        self._heard = True

    def _tell(self, session: Session) -> None:
        for mark in set(self._untold):
            keep(session, SIGNED_OUT, {"mark": mark})
            with self._lock:
                self._untold.discard(mark)

    def _mark(self, claims: Claims) -> str:
        """What tells one sign-in from another? Every claim: the nonce is among them."""
        text = json.dumps(dict(claims), sort_keys=True, default=str)
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def _failed(what: Callable[[], None]) -> WatchtowerError | None:
    """What stood in the way of this? None if nothing did."""
    try:
        what()
    except WatchtowerError as error:
        return error
    return None


def _words(session: Session, error: WatchtowerError | None) -> str:
    if not isinstance(error, QueryFailed):
        return str(error or "")
    if error.sqlstate == _NO_TABLE:
        return "public.watchtower_checks does not exist: sql/setup/20_history.sql makes it"
    if error.sqlstate == lock_holders.LOCK:
        with suppress(DatabaseUnreachable):
            return lock_holders.holder(session)[0]
    return reason(error)
