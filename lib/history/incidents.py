"""What went wrong, from when to when, how far did it reach? Derived from the history, pure.

An incident lasts from the first run that was not ok (critical or unknown: the contract's `ok`) to
the first after which nothing is wrong any more. A verification speaks of everything, a refresh of
what it names, and the RPC's own row of `rpc_answers` alone: a yes of it takes back only a no of
its own. A time without runs neither begins nor ends an incident: that is a gap (lanes.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lib.core.results import Reach, Status
from lib.history.history import DRILL, REFRESH, RPC, VERIFICATION, History, Run

UNSEEN = "nothing could be observed"
_LONGEST_DRILL = timedelta(days=1)
# What is wrong at a moment: by check, and by whether the RPC's own row says it.
_Wrong = dict[tuple[str, bool], Status]


@dataclass(frozen=True)
class Incident:
    """What was wrong, since when, until when?

    `first` is the first run that was not ok, `repaired` the first ok one after it, None as long as
    it lasts; `last_ok` is when it was last seen ok before, None where that is not known. `checks`
    have the worst status that each had. `runs` were not ok. `reach` is the farthest that was seen.
    `opens` is the first run whose report says what was wrong: a refresh leaves none. `worst` is the
    worst finding in words, `left` that of the last run that was not ok; empty where no run says
    any. `before` is how each check stood when it was last fine. `staged`: it began in a fire drill.
    """

    first: Run
    last_ok: datetime | None
    checks: Mapping[str, Status]
    runs: int = 1
    repaired: Run | None = None
    reach: Reach | None = None
    opens: Run | None = None
    worst: str = ""
    left: str = ""
    before: Mapping[str, Status] = field(default_factory=dict)
    staged: bool = False

    @property
    def began(self) -> datetime:
        """When was it first seen?"""
        return self.first.at

    @property
    def ended(self) -> datetime | None:
        """When was it first seen repaired? None: it is under way."""
        return None if self.repaired is None else self.repaired.at

    @property
    def status(self) -> Status:
        """The worst that it was."""
        return max(self.checks.values())

    def lasted(self, now: datetime) -> timedelta:
        """From the first red run to the first ok one, or to now: the time to repair."""
        return (self.ended or now) - self.began

    @property
    def detected(self) -> timedelta | None:
        """From the first bad row to the first red run. None where no bad row is known.

        Nor where one of these checks was a warning before: then the first row may be of before.
        """
        warned = any(self.before.get(check) is Status.WARNING for check in self.checks)
        if self.reach is None or warned:
            return None
        return max(self.began - self.reach.first, timedelta())

    @property
    def within(self) -> timedelta | None:
        """It broke at most so long before it was seen. None where it was never seen ok."""
        return None if self.last_ok is None else self.began - self.last_ok


def incidents(history: History) -> tuple[Incident, ...]:
    """What went wrong in the time that the history reaches back? Oldest first."""
    drills = list(_drills(history))
    return tuple(
        replace(each, staged=any(begin <= each.began <= end for begin, end in drills))
        for each in _incidents(history)
    )


def _drills(history: History) -> Iterator[tuple[datetime, datetime]]:
    """From when to when it was broken on purpose; no longer than a day where nobody said so."""
    begun: datetime | None = None
    for deed in history.deeds:
        if deed.kind != DRILL:
            continue
        if begun is not None:
            yield begun, min(deed.at, begun + _LONGEST_DRILL)
        begun = None if deed.ok else deed.at
    if begun is not None:
        yield begun, begun + _LONGEST_DRILL


def _incidents(history: History) -> Iterator[Incident]:
    wrong: _Wrong = {}
    now: Incident | None = None
    fine: datetime | None = None
    before: Mapping[str, Status] = {}
    for run in history.independent:
        if not run.checks and run.status < Status.UNKNOWN:
            continue  # it calls nothing right: it has looked at nothing
        if now is None and run.status < Status.UNKNOWN:
            if run.kind != RPC:
                fine, before = _later(fine, run.until), run.checks
            continue  # nearly every run: nothing was wrong, and nothing is
        wrong = _after(wrong, run)
        if wrong:
            last_ok = None if fine is None else min(fine, run.at)
            now = _grown(now or Incident(run, last_ok, {}, 0, before=before), run, wrong)
        elif now is not None:
            yield replace(now, repaired=run)
            now = None
        if not wrong and run.kind != RPC:
            fine, before = _later(fine, run.until), run.checks
    if now is not None:
        yield now


def _after(wrong: _Wrong, run: Run) -> _Wrong:
    """What is wrong after this run?"""
    own = run.kind == RPC
    if not run.checks and not own:  # it saw nothing: that ends nothing
        return wrong | ({(UNSEEN, False): run.status} if run.status >= Status.UNKNOWN else {})
    told = {*run.checks} if own else {*run.checks, *run.apart, UNSEEN}
    kept = {
        source: status
        for source, status in wrong.items()
        if run.kind != VERIFICATION and (source[0] not in told or (own and not source[1]))
    }
    found = {(check, own): said for check, said in run.checks.items() if said >= Status.UNKNOWN}
    return kept | found


def _later(known: datetime | None, until: datetime) -> datetime:
    """The later one: refreshes go on being fine after a verification between them."""
    return until if known is None else max(known, until)


def _grown(known: Incident, run: Run, wrong: _Wrong) -> Incident:
    """The incident with what this run says."""
    checks = dict(known.checks)
    for (check, _), status in wrong.items():
        checks[check] = max(status, checks.get(check, status))
    before = max(known.checks.values(), default=Status.OK)
    worse = run.worst and (not known.worst or run.status > before)
    tells = run.kind != REFRESH and run.status >= Status.UNKNOWN
    return replace(
        known,
        checks=checks,
        opens=known.opens or (run if tells else None),
        runs=known.runs + (run.status >= Status.UNKNOWN),
        reach=_farther(known.reach, run.reach),
        worst=run.worst if worse else known.worst,
        left=run.worst if run.worst and run.status >= Status.UNKNOWN else known.left,
    )


def _farther(one: Reach | None, other: Reach | None) -> Reach | None:
    """The most rows of each kind, the earliest and the latest."""
    if one is None or other is None:
        return one or other
    kinds = dict.fromkeys((*one.rows, *other.rows))
    rows = {kind: max(one.rows.get(kind, 0), other.rows.get(kind, 0)) for kind in kinds}
    return Reach(rows, min(one.first, other.first), max(one.last, other.last))
