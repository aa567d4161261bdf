"""What changed in the definitions, between which runs, and what did people do? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lib.history import ACCEPTED, APPLIED, DRILL, PRUNED, Deed, History
from lib.migrations import Applied, applied
from lib.review.reading import Marks, WeekRows, turns
from lib.weeks import Week


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
    return tuple(
        Change(
            before.at,
            run.at,
            _lines(rows.marks.get(before.id), rows.marks.get(run.id)),
            applied(rows.history, before.at, run.at),
        )
        for before, run in turns(rows.history, rows.week)
    )


def kept_since(rows: WeekRows) -> datetime | None:
    """From which run of the week on are definitions kept? None where no run of it keeps them."""
    return next((run.at for run in rows.of_the_week() if run.definitions is not None), None)


def _lines(before: Marks | None, after: Marks | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ("some definition is another; which one cannot be read",)
    return tuple(_differences(before, after))


def _differences(before: Marks, after: Marks) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None:
            yield f"{name} is new"
        elif new is None:
            yield f"{name} is gone"
        elif name.startswith("partitions of "):
            yield f"{name}: {old}, then {new}"
        else:
            yield f"{name} is another"


def deeds(history: History, week: Week) -> tuple[Done, ...]:
    """What people did in this week, oldest first; notes stand with their incidents."""
    those = (deed for deed in history.deeds if week.start <= deed.at < week.end)
    return tuple(Done(deed.at, words) for deed in those if (words := _words(deed)))


def _words(deed: Deed) -> str:
    by = deed.word("by") or "somebody unnamed"
    match deed.kind:
        case kind if kind == APPLIED:
            done, failed = (deed.details.get(name) for name in ("done", "failed"))
            counts = [len(each) if isinstance(each, list) else 0 for each in (done, failed)]
            more = f", {counts[1]} could not be done" if counts[1] else ""
            return f"{by} ran the plan: {counts[0]} done{more}"
        case kind if kind == ACCEPTED:
            reason = deed.word("reason")
            count = deed.details.get("count", 0)
            return f"{by} accepted up to {count} older rows of {deed.word('check')}: {reason}"
        case kind if kind == DRILL:
            verb = "mended" if deed.ok else "began"
            return f"{by} {verb} the fire drill {deed.word('drill')}"
        case kind if kind == PRUNED:
            removed = deed.details.get("removed")
            count = sum(removed.values()) if isinstance(removed, dict) else 0
            return f"{by} removed {count:,} rows of the history, older than {deed.word('before')}"
    return ""
