"""What is worth saying now, after all that was said before? Pure.

Verifications alone decide, whichever copy ran them: each tries everything, and all copies read the
same rows. One that fails is repeated soon, until it is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from lib.checks import CHECKS
from lib.core.results import Status
from lib.history.history import Run
from lib.history.incidents import UNSEEN
from lib.settings.alert_settings import AlertSettings
from lib.settings.maintenance_windows import current

Kind = Literal["open", "more", "reminder", "recovery"]

# Rows that are wrong, and who repeats it: they follow from what was told already.
CONSEQUENCES = frozenset(check.name for check in CHECKS if check.follows)


@dataclass(frozen=True)
class Said:
    """What was said last, when, and what was wrong then? `since`: of the incident's first."""

    id: UUID
    kind: Kind
    at: datetime
    since: datetime
    checks: Mapping[str, Status] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Do people know of something wrong, and not that it is over?"""
        return self.kind != "recovery"


@dataclass(frozen=True)
class Event:
    """What is to be said: by which run, and what is wrong in it (critical or unknown)?"""

    kind: Kind
    run: Run
    wrong: Mapping[str, Status]


def decide(
    runs: Sequence[Run], said: Said | None, settings: AlertSettings, now: datetime
) -> Event | None:
    """What is to be said after these verifications, oldest first? None: nothing new.

    In a maintenance window nothing is; what still holds at its end is said then.
    """
    if not runs or current(settings.windows, now) is not None:
        return None
    last, wrong = runs[-1], wrong_in(runs[-1])
    newer = said is None or last.at > said.at  # else another copy has gone by it already
    if said is None or not said.open:
        firm = any(len(streak(runs, check)) >= settings.after for check in wrong)
        return Event("open", last, wrong) if newer and firm else None
    if not wrong:
        return Event("recovery", last, said.checks) if newer else None
    if newer and any(len(found) >= settings.after for found in _news(runs, said)):
        return Event("more", last, wrong)
    if settings.reminder is not None and now - said.at >= settings.reminder:
        return Event("reminder", last, wrong)
    return None


def uncertain(runs: Sequence[Run], said: Said | None, settings: AlertSettings) -> bool:
    """Has something failed that is not certain yet, so that it is worth to verify again soon?"""
    if not runs or (said is not None and runs[-1].at <= said.at):
        return False
    if said is not None and said.open:
        return any(len(found) < settings.after for found in _news(runs, said))
    lengths = [len(streak(runs, check)) for check in wrong_in(runs[-1])]
    return bool(lengths) and max(lengths) < settings.after


def wrong_in(run: Run) -> dict[str, Status]:
    """What is critical or unknown in this run?"""
    found = {check: status for check, status in run.checks.items() if status >= Status.UNKNOWN}
    return found or ({UNSEEN: run.status} if run.status >= Status.UNKNOWN else {})


def streak(runs: Sequence[Run], check: str, least: Status = Status.UNKNOWN) -> tuple[Run, ...]:
    """The last runs, newest first, in which this check was without a break at least so bad."""
    found = []
    for run in reversed(runs):
        if wrong_in(run).get(check, Status.OK) < least:
            break
        found.append(run)
    return tuple(found)


def recent(runs: Sequence[Run], now: datetime, holds: timedelta) -> Sequence[Run]:
    """The same, or none where the last is too old to speak of this moment."""
    return runs if runs and now - runs[-1].at <= holds else ()


def _news(runs: Sequence[Run], said: Said) -> Iterator[tuple[Run, ...]]:
    """What turned critical after something was said, and does not follow from that?"""
    told = max(said.checks.values(), default=Status.OK)
    for check, status in wrong_in(runs[-1]).items():
        if status is not Status.CRITICAL:
            continue
        if check in CONSEQUENCES and told is Status.CRITICAL:
            continue
        found = streak(runs, check, Status.CRITICAL)
        if found[-1].at > said.at:
            yield found
