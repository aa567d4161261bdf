"""Which sign-ins were ended before their time, in whichever copy of the app?

A sign-out is a history row, so every copy knows it, and a restart forgets none. Other tabs of a
browser, and a copy of its cookie, would stay signed in without this.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import datetime, timedelta

from lib.access.operators import SKEW, Claims
from lib.database import Database, Session
from lib.errors import DatabaseUnreachable, WatchtowerError
from lib.history.history import SIGNED_OUT

_MOST = 10_000
_SECONDS = 3.0  # somebody waits for it
_CLOCKS = timedelta(hours=1)  # how far this machine's clock may be off the database's


class SignOuts:
    """What was ended here, and what the other copies' rows say. Thread-safe; one a process.

    `key` is what signs the sign-ins: a row holds a keyed digest, which names nobody. `trouble` says
    why copies do not know of each other's; what this process knows holds all the same.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended: dict[str, datetime] = {}
        self._untold: set[str] = set()
        self.key = b""
        self.database: Database | None = None
        self.trouble: str | None = None

    def end(self, claims: Claims, max_age: timedelta, now: datetime) -> None:
        """From now on this sign-in counts for nothing, in every tab of every copy."""
        mark = self._mark(claims)
        with self._lock:
            self._ended = {each: until for each, until in self._ended.items() if until > now}
            self._ended[mark] = now + max_age + SKEW
            self._untold = {each for each in self._untold if each in self._ended} | {mark}
        self.exchange(max_age, now)

    def still_in(self, claims: Claims) -> bool:
        """Was this sign-in not ended, as far as this process knows?"""
        return self._mark(claims) not in self._ended

    def exchange(self, max_age: timedelta, now: datetime) -> None:
        """Tell the other copies what was ended here, and hear what was ended there.

        Takes some seconds at most; `trouble` says afterwards what stood in the way. Nothing
        happens where nobody can sign in.
        """
        if not self.key:
            return
        try:
            if self.database is None:
                raise DatabaseUnreachable("The database has not been reached yet.")
            with self.database.session(_SECONDS) as session:
                self._hear(session, max_age, now)
                self._tell(session)
            self.trouble = None
        except WatchtowerError as error:
            self.trouble = str(error)

    def _hear(self, session: Session, max_age: timedelta, now: datetime) -> None:
        seconds = int((max_age + SKEW + _CLOCKS).total_seconds())
        with session.reading() as transaction:
            rows = transaction.rows("history/signed_out", seconds=seconds, most=_MOST)
        heard = {row["mark"] for row in rows}
        with self._lock:
            self._ended.update(dict.fromkeys(heard - self._ended.keys(), now + max_age + SKEW))

    def _tell(self, session: Session) -> None:
        for mark in set(self._untold):
            details = json.dumps({"mark": mark})
            with session.writing() as transaction:
                transaction.rows("history/record", check_name=SIGNED_OUT, ok=True, details=details)
            with self._lock:
                self._untold.discard(mark)

    def _mark(self, claims: Claims) -> str:
        """What tells one sign-in from another? Every claim: the nonce is among them."""
        text = json.dumps(dict(claims), sort_keys=True, default=str)
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
