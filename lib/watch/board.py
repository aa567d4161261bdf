"""What is known right now, for everybody: one snapshot, replaced as a whole under one lock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from lib.core.progress import Running
from lib.core.results import Report
from lib.history.ground import Ground
from lib.history.last_mend import Mend, last_mend
from lib.watch.snapshot import Snapshot


class Board:
    """Where the snapshot hangs; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.snapshot = Snapshot()

    def publish(self, **changes: object) -> None:
        """Hang up the snapshot with these changes; a new number, so that pages redraw."""
        with self._lock:
            self._replace(changes)

    def look(self, known: Ground | None, **changes: object) -> bool:
        """Hang up what a look saw, if the verification by which it went is still the last."""
        with self._lock:
            if self.snapshot.ground is not known:
                return False
            self._replace(changes)
            return True

    def verified(self, report: Report, mend: Mend | None) -> None:
        """Hang up a verification. A look of after its begin stays: it may have seen a break since.

        The next look is judged by this verification, as every one is.
        """
        seen = {"report": report, "mend": mend, "taken_at": datetime.now(UTC)}
        with self._lock:
            last = self.snapshot.report
            if last is not None and last.checked_at > report.checked_at:
                seen = {}
            ended = {"ground": Ground.of(report), "trouble": None, "running": None}
            self._replace(seen | ended | {"verified": report})

    def _replace(self, changes: Mapping[str, object]) -> None:
        number = self.snapshot.number + 1
        self.snapshot = replace(self.snapshot, number=number, **changes)  # type: ignore[arg-type]

    def show(self, run: Running | None) -> None:
        """How far is the run? No new number: pages that do not show it need not redraw."""
        with self._lock:
            self.snapshot = replace(self.snapshot, running=run)

    def mend(self) -> Mend | None:
        """Since when should new rows be right, as far as is known by now?"""
        known = self.snapshot
        return None if known.report is None else last_mend(known.history, known.report)
