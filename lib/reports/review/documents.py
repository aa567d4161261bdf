"""How is a review written down: as a page of HTML on two sheets of paper, and as Markdown?

What would not fit on those is counted, and stands in the CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any, TypeVar

from lib.core.results import Status
from lib.core.weeks import LENGTH
from lib.core.words import percent
from lib.history.lanes import ALL, bars
from lib.reports.rendering import render
from lib.reports.review import wording
from lib.reports.review.content import Review, Told

# How many lines of paper each part may take, that all of it stands on two sheets.
_ACTION_LINES, _INCIDENT_LINES, _CHANGE_LINES = 12, 30, 16
_WIDTH, _LONGEST, _MOST_GAPS, _MOST_NOTES = 100, 180, 6, 2  # characters, of a line and of a text
_LONGEST_NOTE = 600
_SLOT = timedelta(hours=3)
T = TypeVar("T")


def to_html(known: Review) -> str:
    """First sheet: verdict, numbers, open actions, incidents. Second: figures, checks, changes."""
    worst = sorted(
        known.incidents,
        key=lambda told: (-told.incident.status, -told.incident.lasted(known.end).total_seconds()),
    )
    return render(
        "review.html.j2",
        **_values(known),
        actions=_fitting(known.actions, lambda each: _lines(each.what, each.do), _ACTION_LINES),
        incidents=_fitting(worst, _incident_lines, _INCIDENT_LINES),
        changes=_fitting(wording.changes(known), _lines, _CHANGE_LINES),
        bars=bars(known.spans[ALL], _SLOT),
        slots=LENGTH // _SLOT,
        longest_note=_LONGEST_NOTE,
        most_notes=_MOST_NOTES,
        most_gaps=_MOST_GAPS,
    )


def to_markdown(known: Review) -> str:
    """Verdict, numbers, incidents, what is open, each check, what changed."""
    return render("review.md.j2", **_values(known))


def _values(known: Review) -> dict[str, Any]:
    own = known.together
    numbers = (
        ("Fine, of the time looked at", percent(own.share)),
        ("Critical", wording.spent(own.critical)),
        ("Unknown", wording.spent(own.unknown)),
        ("Not verified", wording.spent(own.unverified)),
        ("Mean time to detect", wording.mean(known.to_detect, "not known")),
        ("Mean time to repair", wording.mean(known.to_repair, "not repaired")),
    )
    blind = list(wording.blind(known))
    return {
        "known": known,
        "wording": wording,
        "numbers": numbers,
        "blind": blind,
        "UNKNOWN": Status.UNKNOWN,
    }


def _fitting(parts: Sequence[T], lines: Callable[[T], int], most: int) -> Sequence[T]:
    """As many of these as have room on so many lines of paper; the first is always there."""
    ends = accumulate(map(lines, parts))
    return parts[: max(1, sum(end <= most for end in ends))]


def _lines(*texts: str) -> int:
    """How many lines do these take, each on its own?"""
    return sum(1 + min(len(text), _LONGEST) // _WIDTH for text in texts)


def _incident_lines(told: Told) -> int:
    facts = "; ".join(wording.facts(told))
    lines = 3 + _lines(wording.what(told.incident)) + min(len(facts), 2 * _LONGEST) // _WIDTH
    return lines + sum(
        _lines(wording.author(note)) + min(len(note.text), _LONGEST_NOTE) // _WIDTH
        for note in told.notes[-_MOST_NOTES:]
    )
