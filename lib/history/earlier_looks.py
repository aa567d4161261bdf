"""What did refreshes see turn before a verification proved it? Kept in its row, so for everybody.

A refresh writes nothing, and what one process alone remembers is no history: the verification that
follows a turn keeps when it was seen, and when it was last seen otherwise. One that finds otherwise
keeps neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from lib.checks.telling import in_short
from lib.core.results import STATUSES, Status
from lib.history.history import REFRESH, Run
from lib.history.renamed import today


def turned(
    noticed: Sequence[Run], status: Status, checks: Mapping[str, Status] | None = None
) -> list[dict[str, Any]]:
    """The last look before the turn to how it is now, and the first after it; else nothing.

    Where it was red all the time, or never, that is the turn of a check: a warning came, or went.
    """
    same = list(takewhile(lambda run: _red(run.status) == _red(status), reversed(noticed)))
    if not same:
        return []
    if len(same) == len(noticed):
        same = list(takewhile(lambda run: _alike(run.checks, checks or {}), same)) or same
    earlier = noticed[: len(noticed) - len(same)]
    known = [run for run in (*earlier[-1:], same[-1]) if run.checks]
    return [_kept(run) for run in known]


def glimpses(kept: Any, latest: datetime) -> tuple[Run, ...]:
    """The same, read from a row of the moment `latest`; what cannot be read is left out."""
    found = []
    for each in kept[:2] if isinstance(kept, list) else ():
        try:
            checks = {today(str(name)): STATUSES[word] for name, word in each["checks"].items()}
            at, until = (datetime.fromisoformat(each[name]) for name in ("at", "until"))
            if at.tzinfo and until.tzinfo and at <= latest and checks:
                worst = in_short(str(each.get("worst") or ""))
                apart = tuple(today(str(name)) for name in each.get("apart") or ())
                found.append(
                    Run(
                        f"refresh {at}",
                        at,
                        REFRESH,
                        max(checks.values()),
                        checks,
                        lasted=min(until, latest),
                        worst=worst,
                        apart=apart,
                    )
                )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(found)


def _kept(run: Run) -> dict[str, Any]:
    return {
        "at": run.at.isoformat(),
        "until": run.until.isoformat(),
        "checks": {name: status.word for name, status in run.checks.items()},
        "worst": in_short(run.worst),
        "apart": run.apart,
    }


def _red(status: Status) -> bool:
    return status >= Status.UNKNOWN


def _alike(one: Mapping[str, Status], other: Mapping[str, Status]) -> bool:
    """Is each check of both as bad: ok, a warning, or red?"""
    return all(
        min(status, Status.UNKNOWN) == min(other.get(check, status), Status.UNKNOWN)
        for check, status in one.items()
    )
