"""How did each check stand over time, and for how long did nobody look? Pure, from the history.

What a run finds holds from that run until the next one that speaks of the check, but no longer
than `holds` (two periods of the schedule, and what a run may be late) after it was last seen: from
then on it is not verified.
So a single run that is missing leaves no gap, and two do. Before the first run nothing is verified.
What refreshes saw one after the other holds for as long as it lasted, and `holds` after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.checks import rpc_answers
from lib.core.results import Status
from lib.history.history import REFRESH, RPC, VERIFICATION, History, Run

ALL = "all checks"
_RPC_CHECK = rpc_answers.CHECK.name
_NONE = timedelta()
_WHOLE = 0.995  # of a slot: what is less shows


@dataclass(frozen=True)
class Span:
    """From when to when did it stand so? `status` None: not verified."""

    begin: datetime
    end: datetime
    status: Status | None

    @property
    def length(self) -> timedelta:
        """How long."""
        return self.end - self.begin


@dataclass(frozen=True)
class Availability:
    """For how long did a check stand how? The five times add up to the whole.

    `share` is what part of the time in which it was looked at was fine (ok or warning, 0..1):
    unknown counts against it, not verified does not count at all. None: nobody looked.
    """

    ok: timedelta = _NONE
    warning: timedelta = _NONE
    unknown: timedelta = _NONE
    critical: timedelta = _NONE
    unverified: timedelta = _NONE

    def calm(self, together: Availability) -> bool:
        """Was this ok whenever everything together was looked at?"""
        wrong = self.critical or self.unknown or self.warning
        return not wrong and self.unverified == together.unverified

    @property
    def share(self) -> float | None:
        """The fine part of the time in which it was looked at."""
        fine = self.ok + self.warning
        looked = fine + self.unknown + self.critical
        return fine / looked if looked else None


@dataclass(frozen=True)
class Bar:
    """One slot of a timeline: the worst in it (None: not verified), and the share verified."""

    status: Status | None
    share: float

    @property
    def whole(self) -> bool:
        """Was all of it verified, as far as anybody sees?"""
        return self.share >= _WHOLE


@dataclass(frozen=True)
class _Look:
    """One entry of a lane: from `at`, last seen so at `until`."""

    at: datetime
    until: datetime
    status: Status | None


def lanes(
    history: History, start: datetime, end: datetime, holds: timedelta
) -> dict[str, tuple[Span, ...]]:
    """How did everything together (ALL) and each check stand, from `start` to `end`?

    ALL is by the verifications and refreshes: the RPC's rows alone speak for `rpc_answers` only.
    """
    seen = (run for run in history.known if run.until >= start - holds and run.at <= end)
    runs = tuple(_blocks((run for run in seen if run.kind != RPC), holds))
    named = {check for run, _ in runs for check in run.checks}
    asked = [
        run for run in history.independent if run.kind == RPC and start - holds <= run.at <= end
    ]
    if asked:
        named.add(_RPC_CHECK)
    found = {ALL: [_Look(run.at, until, run.status) for run, until in runs]}
    for check in sorted(named):
        found[check] = list(_looks(runs, check))
    if asked:
        found[_RPC_CHECK] = _with_rpc(found[_RPC_CHECK], asked, holds)
    return {check: tuple(_spans(looks, start, end, holds)) for check, looks in found.items()}


def availability(spans: Iterable[Span]) -> Availability:
    """For how long did it stand how?"""
    times = dict.fromkeys((*Status, None), _NONE)
    for span in spans:
        times[span.status] += span.length
    return Availability(*times.values())  # its fields are in the order of Status


def bars(spans: Sequence[Span], slot: timedelta) -> tuple[Bar, ...]:
    """The same in slots of time; the last one may not be over."""
    if not spans:
        return ()
    start, end = spans[0].begin, spans[-1].end
    slots = -((start - end) // slot)
    statuses: list[Status | None] = [None] * slots
    verified = [_NONE] * slots
    for span in spans:
        if span.status is None or not span.length:
            continue
        last = (span.end - start - timedelta(microseconds=1)) // slot
        for index in range((span.begin - start) // slot, last + 1):
            begin = start + index * slot
            verified[index] += min(span.end, begin + slot) - max(span.begin, begin)
            known = statuses[index]
            statuses[index] = span.status if known is None else max(known, span.status)
    lengths = (min(slot, end - (start + index * slot)) for index in range(slots))
    parts = zip(statuses, verified, lengths, strict=True)
    return tuple(Bar(status, seen / length) for status, seen, length in parts)


def gaps(spans: Sequence[Span]) -> tuple[Span, ...]:
    """When did nobody look, after somebody had? Oldest first; not the time before the first run."""
    return tuple(span for span in spans[1:] if span.status is None)


def _blocks(runs: Iterable[Run], holds: timedelta) -> Iterator[tuple[Run, datetime]]:
    """Runs that found the same, none missing between them, as one: the first, and until when."""
    first: Run | None = None
    until = datetime.max
    for run in runs:
        same = first is not None and (run.kind, run.status) == (first.kind, first.status)
        if first is not None and same and run.checks == first.checks and run.at - until <= holds:
            until = max(until, run.until)
            continue
        if first is not None:
            yield first, until
        first, until = run, run.until
    if first is not None:
        yield first, until


def _looks(runs: Iterable[tuple[Run, datetime]], check: str) -> Iterator[_Look]:
    """What do they say of this check? One that could not see anything says unknown of each.

    A verification tries everything: what it does not name any more is not verified from then on,
    nor is what does not apply.
    """
    for run, until in runs:
        if check in run.checks:
            yield _Look(run.at, until, run.checks[check])
        elif run.kind == REFRESH and not run.checks:
            yield _Look(run.at, until, Status.UNKNOWN)
        elif check in run.apart or (run.kind == VERIFICATION and run.checks):
            yield _Look(run.at, until, None)


def _with_rpc(looks: list[_Look], asked: Iterable[Run], holds: timedelta) -> list[_Look]:
    """The same with the RPC's own rows; what we found wrong, its own yes does not repair."""
    mixed = [(look.at, 1, look) for look in looks]
    mixed += [(run.at, 0, _Look(run.at, run.until, run.status)) for run in asked]
    merged, own = [], None
    for _, ours, look in sorted(mixed, key=lambda entry: entry[:2]):
        said = look.status
        if ours:
            own = look
        elif own is not None and look.at <= own.until + holds:
            said = max(said or Status.OK, own.status or Status.OK)
        merged.append(_Look(look.at, look.until, said))
    return merged


def _spans(
    looks: Iterable[_Look], start: datetime, end: datetime, holds: timedelta
) -> Iterator[Span]:
    """The time from `start` to `end` without a hole, in spans that differ from their neighbours."""
    known: list[tuple[datetime, Status | None]] = []  # from when on how
    seen: datetime | None = None
    for look in looks:
        if seen is not None and look.at > seen + holds:
            known.append((seen + holds, None))
        seen = look.until if seen is None else max(seen, look.until)
        known.append((look.at, look.status))
    if seen is not None:
        known.append((seen + holds, None))
    begin, status = start, None
    for at, following in known:
        at = min(max(at, start), end)
        if following is status:
            continue
        if at > begin:
            yield Span(begin, at, status)
            begin = at
        status = following
    if end > begin:
        yield Span(begin, end, status)
