"""What do the keys and joins of another window look like? Read while somebody looks at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lib import verification
from lib.db.database import Database
from lib.watch.board import Board

WINDOWS = (1, 7, 30, 90)
_WANTED_FOR = timedelta(minutes=10)


class Views:
    """The windows that somebody looks at. `soon` asks for a look before the next round."""

    def __init__(self, board: Board, soon: Callable[[], object]) -> None:
        self._board, self._soon = board, soon
        self._lock = threading.Lock()
        self._wanted: dict[int, datetime] = {}

    def want(self, window_days: int) -> None:
        """Read this window too; at once when it is not there.

        Only the windows that pages offer: a made-up address costs the database nothing.
        """
        if window_days not in WINDOWS:
            return
        with self._lock:
            new = window_days not in self._wanted
            self._wanted[window_days] = datetime.now(UTC)
        if new:
            self._soon()

    def look(self, database: Database) -> None:
        """Read the windows that somebody looks at, and forget those that nobody does.

        Raises: DatabaseUnreachable.
        """
        edge = datetime.now(UTC) - _WANTED_FOR
        with self._lock:
            self._wanted = {days: at for days, at in self._wanted.items() if at > edge}
            wanted = sorted(self._wanted)
        known = self._board.snapshot
        views = {days: view for days, view in known.views.items() if days in wanted}
        if len(views) < len(known.views):
            self._board.publish(views=views)
        proven = {} if known.ground is None else known.ground.proven
        for days in wanted:  # each is shown as soon as it is there
            view = verification.rows(database, window_days=days, proven=proven)
            views = {**views, days: view}
            self._board.publish(views=views)
