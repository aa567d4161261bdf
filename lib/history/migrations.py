"""Which migrations came between the last fine run and the first that was not? Pure.

By what the verifications saw in supabase_migrations.schema_migrations: which ones were there, not
what their versions, which are dates of writing, say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lib.history.history import History, Migrations, Run

NOT_KEPT = "no verification on either side of it recorded them"


@dataclass(frozen=True)
class Applied:
    """Version and name of each, oldest first; `more` were applied beside those that are named.

    `trouble` says why it is not known.
    """

    names: tuple[str, ...] = ()
    more: int = 0
    trouble: str | None = None


def applied(history: History, after: datetime | None, by: datetime) -> Applied:
    """What was applied between these runs? `after` None: nothing earlier is known."""
    runs = history.runs
    before = _first(run for run in reversed(runs) if after is not None and run.at <= after)
    later = _first(run for run in runs if run.at >= by)
    if before is None or later is None:
        return Applied(trouble=NOT_KEPT)
    for kept in (before, later):
        if kept.trouble:
            return Applied(trouble=kept.trouble)
    new = tuple(name for name in reversed(later.latest) if name not in before.latest)
    if len(before.latest) >= len(later.latest) and before.latest:
        # What is older than all that were named before was there before, and only moved up.
        new = tuple(name for name in new if name > min(before.latest))
    return Applied(new, max(0, later.count - before.count - len(new)))


def _first(runs: Iterable[Run]) -> Migrations | None:
    """What did the first of these runs see that kept it?"""
    return next((run.migrations for run in runs if run.migrations is not None), None)
