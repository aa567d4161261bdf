"""What changed in the definitions, between which runs, and what did people do? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lib.checks.telling import outcome
from lib.core.weeks import Week
from lib.core.words import plural
from lib.history.history import ACCEPTED, APPLIED, DRILL, PRUNED, Deed, History
from lib.history.migrations import Applied, applied
from lib.reports.review.reading import Marks, WeekRows, turns


@dataclass(frozen=True)
class Change:
    """What was another way in the run at `by` than in the one at `after`? One line a definition."""

    after: datetime
    by: datetime
    lines: tuple[str, ...]
    migrations: Applied


@dataclass(frozen=True)
class Done:
    """What did somebody do, in one sentence?"""

    at: datetime
    words: str


def changes(rows: WeekRows) -> tuple[Change, ...]:
    """Each change of the week, oldest first."""
    found: list[Change] = []
    earlier: dict[str, str] = {}  # how what was changed in this week had stood before
    for before, run in turns(rows.history, rows.week):
        old, new = rows.marks.get(before.id), rows.marks.get(run.id)
        migrations = applied(rows.history, before.at, run.at)
        lines: tuple[str, ...] = ("some definition was changed; which one cannot be read",)
        if old is not None and new is not None:
            lines = tuple(_differences(old, new, earlier))
            earlier |= {name: mark for name, mark in old.items() if new.get(name) != mark}
        found.append(Change(before.at, run.at, lines, migrations))
    return tuple(found)


def kept_since(rows: WeekRows) -> datetime | None:
    """From which run of the week on are definitions kept? None where no run of it keeps them."""
    return next((run.at for run in rows.of_the_week() if run.definitions is not None), None)


def _differences(before: Marks, after: Marks, earlier: Marks) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None and new == earlier.get(name):
            yield f"{name} is back, as it was"
        elif old is None:
            yield f"{name} is new"
        elif new is None:
            yield f"{name} is gone"
        elif name.startswith("partitions of "):
            yield f"{name}: {old}, then {new}"
        elif new == earlier.get(name):
            yield f"{name} was changed back"
        else:
            yield f"{name} was changed"


def deeds(history: History, week: Week) -> tuple[Done, ...]:
    """What people did in this week, oldest first; notes stand with their incidents."""
    ended = {
        deed.word("run") for deed in history.deeds if deed.kind == APPLIED and not _begun(deed)
    }
    those = (
        deed
        for deed in history.deeds
        if week.start <= deed.at < week.end and not (_begun(deed) and deed.word("run") in ended)
    )
    return tuple(Done(deed.at, words) for deed in those if (words := _words(deed)))


def _begun(deed: Deed) -> bool:
    """Is it the row that a run of the plan leaves before it does anything?"""
    return deed.kind == APPLIED and deed.word("state") == "begun"


def _words(deed: Deed) -> str:
    by = deed.word("by") or "somebody unnamed"
    match deed.kind:
        case kind if kind == APPLIED:
            return f"{by} {_ran(deed)}"
        case kind if kind == ACCEPTED:
            reason = deed.word("reason")
            count = deed.details.get("count", 0)
            if policy := deed.word("policy"):
                verb = "accepted" if count else "no longer accepts"
                return f"{by} {verb} the policy {policy} of {deed.word('relation')}: {reason}"
            rows = plural(count, "older row") if isinstance(count, int) else "older rows"
            return f"{by} accepted up to {rows} of {deed.word('check')}: {reason}"
        case kind if kind == DRILL:
            verb = "ended" if deed.ok else "began"
            return f"{by} {verb} the fire drill {deed.word('drill')}"
        case kind if kind == PRUNED:
            removed = deed.details.get("removed")
            counts = removed.values() if isinstance(removed, dict) else ()
            count = sum(each for each in counts if isinstance(each, int))
            older = f", older than {deed.word('before')}" if deed.word("before") else ""
            return f"{by} removed {plural(count, 'row')} of the history{older}"
    return ""


def _ran(deed: Deed) -> str:
    """How did a run of the plan end?"""
    if _begun(deed):
        return "began to run the plan; how that ended is not known"
    lists = (deed.details.get(name) for name in ("done", "failed", "decisions"))
    done, failed, left = (len(each) if isinstance(each, list) else None for each in lists)
    cut = f", {deed.word('state')}" if deed.word("state") not in ("", "ended") else ""
    return f"ran the plan{cut}: {outcome(done or 0, failed or 0, left)}"
