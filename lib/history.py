"""What did the runs before this one find, and since when is something wrong?

History is the rows of public.watchtower_checks, the software's own and the RPC's. What a refresh
sees writes no row; this process remembers when a check turned, so that a break between two
verifications has its moment too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from lib.checks.context import Context
from lib.database import Database, Session
from lib.errors import QueryFailed
from lib.guards import GUARDS
from lib.results import Reach, Report, Row, Status

KEPT = timedelta(days=90)
BUDGET_SECONDS = 5.0
VERIFICATION, RPC, REFRESH = "partition_watchtower", "partition_drift_v1", "refresh"

# What keeps a key right, and what counts the keys that are not.
KEEPING = (
    *("guard_triggers", "guard_behaviour", "guard_functions"),
    *("trigger_order", "guard_settings"),
)
COUNTED = ("null_keys", "wrong_month_sessions", "events_without_session")

_SKEW = timedelta(minutes=1)
_SOON = timedelta(minutes=5)
_LONGEST, _WRITING = timedelta(seconds=10), timedelta(seconds=1)  # of a verification, and its row
_OVERLAP = timedelta(minutes=2)  # rows are dated when their transaction begins, and seen later
_PAGE, _MOST = 2_000, 60_000  # runs that one statement reads, and that are kept in mind
_ENOUGH_SECONDS = 1.0  # of the budget, for another page
_WORDS = {status.word: status for status in Status}


@dataclass(frozen=True)
class Run:
    """What did one run find, in short?

    `kind` is the row's check_name, or `refresh` for what this process saw without writing a row.
    What refreshes see one after the other is one run as long as it stays the same.
    The RPC's rows say one thing alone: what `rpc_answers` would make of that answer. `reach` is
    how many rows were wrong, None where none was.
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

    @property
    def until(self) -> datetime:
        """Until when is what it found known to have held?"""
        return self.lasted or self.at


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
    """

    runs: tuple[Run, ...] = ()
    noticed: tuple[Run, ...] = ()
    trouble: str | None = None
    reaches: datetime | None = None

    @cached_property
    def known(self) -> tuple[Run, ...]:
        """Rows and what was noticed between them, oldest first."""
        return tuple(sorted((*self.runs, *self.noticed), key=lambda run: run.at))

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

    def mended(self, *checks: str) -> datetime | None:
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
        checks = {check.check: check.status for check in report.checks}
        at = report.checked_at
        run = Run(f"refresh {at}", at, REFRESH, report.status, checks, reach=report.reach())
        return self._noticing(run)

    def unseen(self, at: datetime) -> History:
        """The same with a refresh that could not look."""
        return self._noticing(Run(f"refresh {at}", at, REFRESH, Status.UNKNOWN, {}))

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


@dataclass(frozen=True)
class Mend:
    """From which moment on must new rows be right?

    `seen`: the guards were found broken before, and right at that moment. Else nobody saw them
    broken, and it is the moment of the last wrong row.
    """

    at: datetime
    seen: bool


def last_mend(known: History, report: Report) -> Mend | None:
    """Since when are new rows worth counting by themselves? Within the report's window alone.

    None where the guards do not hold now, or nothing was wrong.
    """
    if report.status_of(*KEEPING) is Status.CRITICAL:
        return None
    start = Context(GUARDS, report.checked_at, report.window_days).since
    turned = known.mended(*KEEPING)
    if turned is not None and turned >= start:
        return Mend(turned, seen=True)
    last = [
        row["last_seen"]
        for check in COUNTED
        for row in report[check].tables.get("radius", ())
        if row["last_seen"] and start <= row["last_seen"] <= report.checked_at
    ]
    return Mend(max(last) + timedelta(microseconds=1), seen=False) if last else None


def read(database: Database, before: History, now: datetime) -> History:
    """The history with the rows that came since it was last read. Never raises QueryFailed.

    Newest first, page by page; what the time does not suffice for is read the next time.
    Raises: DatabaseUnreachable.
    """
    edge = now - KEPT
    known = {run.id: run for run in before.runs if run.at > edge}
    reaches = before.reaches if known else None
    trouble = None
    try:
        with database.session(BUDGET_SECONDS) as session:
            if reaches is not None:
                since = before.runs[-1].at - _OVERLAP
                newer = [page for page, _ in _pages(session, since, now + _SKEW)]
                known.update((run.id, run) for page in newer for run in page)
            for page, back_to in _pages(session, edge, reaches or now + _SKEW):
                known.update((run.id, run) for run in page)
                reaches = back_to
                if len(known) >= _MOST or session.budget.left < _ENOUGH_SECONDS:
                    break
    except QueryFailed as error:
        trouble = f"The history cannot be read: {error}"
    runs = tuple(sorted(known.values(), key=lambda run: run.at))
    return replace(before, runs=runs, trouble=trouble, reaches=reaches)


def _pages(
    session: Session, since: datetime, until: datetime
) -> Iterator[tuple[list[Run], datetime]]:
    """The runs of this time, newest first, and back to when they are known with each page.

    A row dated in the future tells nothing of the past: `until` leaves it out.
    """
    while until > since:
        with session.reading() as transaction:
            rows = transaction.rows("history/runs", since=since, until=until, most=_PAGE)
        page = [_run(row) for row in rows]
        if len(page) < _PAGE:
            yield page, since
            return
        oldest = page[-1].at
        # Rows of one moment may lie on both sides of the page's end.
        until = oldest if oldest < until else until - timedelta(microseconds=1)
        yield page, until


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


def _run(row: Row) -> Run:
    checks = _statuses(_texts(row["names"]), _texts(row["words"]))
    said = _status(row["status"]) or (Status.OK if row["ok"] else Status.CRITICAL)
    if row["check_name"] == RPC:
        checks = _statuses(("rpc_answers",), (said.word,))
    milliseconds = str(row["duration_ms"] or "")
    return Run(
        str(row["id"]),
        row["created_at"],
        row["check_name"],
        said,
        checks,
        row["who"] or "",
        row["face"] or ("pg_cron or a caller of the RPC" if row["check_name"] == RPC else ""),
        int(milliseconds) if milliseconds.isdigit() else None,
        reach=Reach.from_json(row["reach"]),
    )


@lru_cache(maxsize=512)
def _statuses(names: tuple[str, ...], words: tuple[str, ...]) -> Mapping[str, Status]:
    """One value for all runs that found the same. Nothing, where they do not belong together."""
    if len(names) != len(words):
        return {}
    return {
        name: status
        for name, word in zip(names, words, strict=True)
        if (status := _status(word)) is not None
    }


def _texts(found: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(map(str, found or ()))


def _status(word: str | None) -> Status | None:
    return _WORDS.get(word or "")
