"""What do operators write on the page? Kept in the background: a page itself writes nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from lib.core.errors import NoteRefused, WatchtowerError
from lib.db.database import Database
from lib.history import notes

_log = logging.getLogger(__name__)


class Notebook:
    """Notes on their way. `show` gets what changes in the snapshot, `after` follows a kept one."""

    def __init__(self, show: Callable[..., None], after: Callable[[], object]) -> None:
        self._show, self._after = show, after
        self._turn = threading.Lock()
        self._under_way: dict[str, str] = {}
        self.database: Database | None = None

    def add(self, about: datetime, text: str, *, by: str, face: str) -> None:
        """Keep this note about the incident of that moment. Returns at once.

        The caller checks who may. What stands in the way is in the snapshot's `noting`.
        """
        key = about.isoformat()
        try:
            checked = notes.checked(text)
            if self.database is None:
                raise NoteRefused("The database has not been reached yet.")
        except NoteRefused as error:
            self._say(key, str(error))
            return
        self._say(key, "")
        database = self.database
        threading.Thread(
            target=self._keep, args=(database, about, checked, by, face), daemon=True
        ).start()

    def _keep(self, database: Database, about: datetime, text: str, by: str, face: str) -> None:
        key = about.isoformat()
        try:
            with self._turn:
                notes.keep(database, about, text, by=by, face=face)
        except WatchtowerError as error:
            self._say(key, f"The note was not kept: {error}")
        except Exception:
            _log.exception("A note could not be kept")
            self._say(key, "The note was not kept; the log says more.")
        else:
            self._after()
            self._say(key, None)

    def _say(self, key: str, words: str | None) -> None:
        """Empty while it is being kept, a sentence where it was not; gone when it is there."""
        with self._turn:
            self._under_way.pop(key, None)
            if words is not None:
                self._under_way[key] = words
            self._show(noting=dict(self._under_way))
