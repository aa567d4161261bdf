"""What did the runs before this one find, and since when is something wrong?

History is the rows of public.watchtower_checks, the software's own and the RPC's. What a refresh
sees writes no row; this process remembers when a check turned, so that a break between two
verifications has its moment too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from lib.checks.telling import brief, faults
from lib.core.results import Reach, Report, Status
from lib.history.figures import Figures

KEPT = timedelta(days=90)
VERIFICATION, RPC, REFRESH = "partition_watchtower", "partition_drift_v1", "refresh"
NOTE = "partition_watchtower_note"
ACCEPTED = "partition_watchtower_accepted"
APPLIED = "partition_watchtower_applied"
DRILL = "partition_watchtower_drill"
PRUNED = "partition_watchtower_pruned"
ALERT = "partition_watchtower_alert"
SIGNED_OUT = "partition_watchtower_signed_out"
DEEDS = (NOTE, ACCEPTED, APPLIED, DRILL, PRUNED)

_SOON = timedelta(minutes=5)
_LONGEST_WORD = 2_000  # characters: as long as a note may be
_LONGEST, _WRITING = timedelta(seconds=10), timedelta(seconds=1)  # of a verification, and its row


@dataclass(frozen=True)
class Migrations:
    """Which migrations had been applied by then: how many, the `latest` first, version and name.

    `trouble` says why that could not be read.
    """

    count: int = 0
    latest: tuple[str, ...] = ()
    trouble: str | None = None


@dataclass(frozen=True)
class Run:
    """What did one run find, in short?

    `kind` is the row's check_name, or `refresh` for what this process saw without writing a row.
    What refreshes see one after the other is one run as long as it stays the same.
    The RPC's rows say one thing alone: what `rpc_answers` would make of that answer. `reach` is
    how many rows were wrong, None where none was; `figures` what was counted, `definitions` one
    mark of how they stood, None in rows from before these were kept. `worst` is the worst finding
    in words, empty where it was ok or does not say. `apart` are the checks that did not apply.
    `noticed` is what refreshes saw turn before it.
    """

    id: str
    at: datetime
    kind: str
    status: Status
    checks: Mapping[str, Status]
    who: str = ""
    face: str = ""
    duration_ms: int | None = None
    lasted: datetime | None = None
    reach: Reach | None = None
    figures: Figures | None = None
    definitions: str | None = None
    migrations: Migrations | None = None
    worst: str = ""
    apart: tuple[str, ...] = ()
    noticed: tuple[Run, ...] = ()

    @property
    def until(self) -> datetime:
        """Until when is what it found known to have held?"""
        return self.lasted or self.at


@dataclass(frozen=True)
class Deed:
    """What did a person do: a note, an acceptance, a repair, a drill? `kind` is the row's name."""

    id: str
    at: datetime
    kind: str
    ok: bool
    details: Mapping[str, Any]

    def word(self, name: str) -> str:
        """What the row says under this name; empty where it says nothing."""
        return str(self.details.get(name) or "")[:_LONGEST_WORD]


@dataclass(frozen=True)
class Since:
    """Between which moments did it break? `after` the last run without it, `first` the one with it.

    Null `after`: it was like this in every run that is known. Null `first`: no run is known.
    """

    after: datetime | None
    first: datetime | None


@dataclass(frozen=True)
class History:
    """The runs of the last 90 days, oldest first; `trouble` says why there are no newer ones.

    They are read newest first: `reaches` says back to when that is done, None before the first.
    `deeds` is what people did in that time, oldest first; `alarms` what refreshes saw that an alert
    was sent for: that outlives the process, and every copy knows it.
    """

    runs: tuple[Run, ...] = ()
    noticed: tuple[Run, ...] = ()
    deeds: tuple[Deed, ...] = ()
    alarms: tuple[Run, ...] = ()
    trouble: str | None = None
    reaches: datetime | None = None

    @cached_property
    def known(self) -> tuple[Run, ...]:
        """Rows, and what was noticed or alarmed between them, oldest first."""
        kept = (glimpse for run in self.runs for glimpse in run.noticed)
        found = (*self.runs, *kept, *self.noticed, *self.alarms)
        return tuple(sorted(found, key=lambda run: run.at))

    @cached_property
    def independent(self) -> tuple[Run, ...]:
        """The same without the RPC's rows that a verification's own call has left."""
        found: list[Run] = []
        following: Run | None = None
        for run in reversed(self.known):
            if run.kind == VERIFICATION:
                following = run
            if run.kind != RPC or following is None or following.at - run.at > _took(following):
                found.append(run)
        return tuple(reversed(found))

    @cached_property
    def recorded(self) -> History:
        """What every process reads of it: the rows alone. By these all faces count and date."""
        return replace(self, noticed=())

    def verifications(self) -> tuple[Run, ...]:
        """The runs that wrote a row of our own, oldest first."""
        return tuple(run for run in self.runs if run.kind == VERIFICATION)

    def since(self, status: Status, *checks: str) -> Since:
        """Since when is one of these checks this bad? Of any check, where none is named.

        The first run that was not fine after the last that was. Where it is a warning, fine is
        ok; where it is worse, a warning is fine too.
        """
        limit = Status.WARNING if status is Status.WARNING else Status.UNKNOWN
        first: datetime | None = None
        for run in reversed(self.known):
            said = _said(run, checks)
            if said is None:
                continue
            if said < limit:
                return Since(run.until if first is None else min(run.until, first), first)
            first = run.at
        return Since(None, first)

    def repaired(self, *checks: str) -> datetime | None:
        """When was it first seen that none of these is critical any more?

        None where one is critical now, and where none ever was. A look that saw none of them
        tells nothing.
        """
        first: datetime | None = None
        for run in reversed(self.known):
            seen = {run.checks[check] for check in checks if check in run.checks}
            if Status.CRITICAL in seen:
                return first
            if seen - {Status.UNKNOWN}:
                first = run.at
        return None

    def noticing(self, report: Report) -> History:
        """The same with what a refresh found."""
        at = report.checked_at
        run = Run(
            f"refresh {at}",
            at,
            REFRESH,
            report.status,
            {check.check: check.status for check in report.applying},
            reach=report.reach(),
            worst=next((brief(fault.finding) for fault in faults(report)), ""),
            apart=report.apart,
        )
        return self._noticing(run)

    def unseen(self, at: datetime) -> History:
        """The same with a refresh that could not look."""
        return self._noticing(Run(f"refresh {at}", at, REFRESH, Status.UNKNOWN, {}))

    @property
    def settled(self) -> History:
        """The same once a verification has spoken: what was noticed before it is forgotten.

        Its row says what everybody knows, this process too.
        """
        last = next(reversed(self.verifications()), None)
        if last is None:
            return self
        later = (run for run in self.noticed if run.until > last.at)
        return replace(self, noticed=tuple(_after(last.at, run) for run in later))

    def _noticing(self, run: Run) -> History:
        """Looks that find the same, one soon after the other, are one run that lasts."""
        *before, last = self.noticed or (None,)
        if last is not None and last.checks == run.checks and run.at - last.until <= _SOON:
            run = replace(last, lasted=run.at, reach=run.reach)
        elif last is not None:
            before.append(last)
        edge = run.at - KEPT
        return replace(self, noticed=(*(old for old in before if old and old.at > edge), run))

    def strip(
        self, checks: Iterable[str], start: datetime, slot: timedelta, slots: int
    ) -> tuple[Status | None, ...]:
        """The worst of these checks in each slot of time from `start`; None where nothing ran.

        Where nothing could be seen it is unknown.
        """
        found: list[Status | None] = [None] * slots
        for run in self.known:
            if run.until < start:
                continue
            said = _said(run, checks) if run.checks else Status.UNKNOWN
            first, last = ((moment - start) // slot for moment in (run.at, run.until))
            if said is None:
                continue
            for index in range(max(first, 0), min(last, slots - 1) + 1):
                known = found[index]
                found[index] = said if known is None else max(known, said)
        return tuple(found)


def _after(at: datetime, run: Run) -> Run:
    """The part of it that is after this moment."""
    return run if run.at >= at else replace(run, id=f"refresh {at}", at=at, lasted=run.until)


def _took(run: Run) -> timedelta:
    """How long before its row can this verification have called the RPC?"""
    known = run.duration_ms
    return _LONGEST if known is None else timedelta(milliseconds=known) + _WRITING


def _said(run: Run, checks: Iterable[str]) -> Status | None:
    """What did this run say of these checks, or of all? None where it did not look."""
    if not checks:
        return run.status
    found = [run.checks[check] for check in checks if check in run.checks]
    return max(found, default=None)
