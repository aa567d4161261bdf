"""The language of the pages: a status, an age, a name from the database, each said one way."""

from __future__ import annotations

from datetime import datetime, timedelta

from lib.core.declaration import declared, one_noun
from lib.core.results import Status
from lib.core.words import APART, clock, duration
from lib.history.history import Since
from lib.reports.drawing.looks import LOOKS

_MINUTE = timedelta(minutes=1)


def period_noun() -> str:
    """What are the periods of the partitions called? month, week; period where they differ."""
    return one_noun(guard for guard in declared() if guard.partitioned)


def badge(status: Status | None, *, current: bool = True) -> str:
    """Icon and word on the status colour; grey where it is what was last known, or none applies."""
    if status is None:
        return f":gray-badge[:material/remove: {APART}]"
    look = LOOKS[status]
    if current:
        return f":{look.colour}-badge[{look.icon} {status.word}]"
    return f":gray-badge[{look.icon} was {status.word}]"


def icon(status: Status, *, current: bool = True) -> str:
    """The icon alone in its colour; a word must stand beside it."""
    look = LOOKS[status]
    return f":{look.colour if current else 'gray'}[{look.icon}]"


def close(known: Since) -> bool:
    """Do the last look that was fine and the first that was not need seconds to be told apart?"""
    first, after = known.first, known.after
    return first is not None and after is not None and first - after < 2 * _MINUTE


def since(known: Since, now: datetime) -> str:
    """Since when is it so: since 13:41 UTC (21 min); since before we looked."""
    if known.first is None or known.after is None:
        return "since before we looked"
    span = now - known.first
    long = "under a minute" if span < _MINUTE else duration(span)  # it stands still till then
    return f"since {clock(known.first, now, seconds=close(known))} ({long})"


def last_fine(known: Since, now: datetime) -> str:
    """What is known of the time before: the last look that found it right, or the first at all."""
    if known.after is not None:
        return f"still ok at {clock(known.after, now, seconds=close(known))}"
    if known.first is not None:
        return f"first seen {clock(known.first, now)}"
    return ""
