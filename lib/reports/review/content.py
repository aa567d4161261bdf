"""What does the meeting look at? One value: the review of a week, from its rows. Pure.

What was not verified is named and counts as nothing: neither as fine nor as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.checks import partition_coverage
from lib.core.context import Context
from lib.core.declaration import declared, next_words
from lib.core.results import Report, Status, worst
from lib.core.weeks import Week
from lib.history.history import History
from lib.history.incidents import Incident, incidents
from lib.history.lanes import ALL, Availability, Span, availability, gaps, lanes
from lib.history.migrations import Applied, applied
from lib.history.notes import Note, notes, notes_of
from lib.remedies.missing import severity
from lib.reports.review.actions import Action, actions
from lib.reports.review.changes import Change, Done, changes, deeds, kept_since
from lib.reports.review.measures import Measure, measures, windows
from lib.reports.review.reading import WeekRows

_NONE = timedelta()
_COVERAGE = partition_coverage.CHECK.name


@dataclass(frozen=True)
class Told:
    """An incident with what is known around it."""

    incident: Incident
    notes: tuple[Note, ...]
    migrations: Applied


@dataclass(frozen=True)
class Mean:
    """A mean time over so many incidents, and how many more have none. None: over none."""

    time: timedelta | None
    count: int
    without: int


@dataclass(frozen=True)
class Readiness:
    """Has the month after the week's last run its partitions? `at` is that run; None: no run.

    `ahead` is how many months after the current one have theirs, by table. `status` is None where
    the tables had no partitions to look at.
    """

    status: Status | None
    month: str
    at: datetime | None
    words: str
    ahead: Mapping[str, int]


@dataclass(frozen=True)
class Review:
    """The week, up to `end`, which is now where it is not over.

    `times` and `spans` are by check, ALL for everything together. `read_at` is when its rows were
    read; `trouble` says why there are no newer ones.
    """

    week: Week
    end: datetime
    read_at: datetime
    spans: Mapping[str, tuple[Span, ...]]
    times: Mapping[str, Availability]
    incidents: tuple[Told, ...]
    to_detect: Mean
    to_repair: Mean
    measures: tuple[Measure, ...]
    windows: tuple[int, ...]
    readiness: Readiness
    changes: tuple[Change, ...]
    definitions_since: datetime | None
    deeds: tuple[Done, ...]
    actions: tuple[Action, ...]
    last: Report | None
    database: str
    runs: int
    trouble: str | None = None
    partial: bool = False

    @property
    def over(self) -> bool:
        """Is the week over?"""
        return self.end == self.week.end

    @property
    def together(self) -> Availability:
        """How everything together stood."""
        return self.times[ALL]

    @property
    def gaps(self) -> tuple[Span, ...]:
        """When nobody looked, after somebody had."""
        return gaps(self.spans[ALL])

    @property
    def status(self) -> Status:
        """The worst of the week; unknown where part of it was not verified."""
        known = [span.status for span in self.spans[ALL] if span.status is not None]
        blind = [Status.UNKNOWN] if self.together.unverified else []
        return max([*known, *blind], default=Status.UNKNOWN)

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks, worst first: by critical, unknown, warning and unverified time."""

        def badness(name: str) -> tuple[timedelta, ...]:
            own = self.times[name]
            return own.critical, own.unknown, own.warning, own.unverified

        return tuple(sorted(sorted(self.times.keys() - {ALL}), key=badness, reverse=True))


def review(rows: WeekRows, now: datetime, holds: timedelta) -> Review:
    """The review of this week. What a run finds holds for `holds` at most, as in lanes."""
    week, history = rows.week, rows.history.recorded
    end = max(week.start, min(now, week.end))
    spans = lanes(history, week.start, end, holds)
    told = tuple(_told(history, week, end))
    ready = _readiness(rows)
    times = {check: availability(own) for check, own in spans.items()}
    return Review(
        week=week,
        end=end,
        read_at=rows.read_at,
        spans=spans,
        times=times,
        incidents=told,
        to_detect=_mean(
            [each.incident.detected for each in told if each.incident.began >= week.start]
        ),
        to_repair=_mean([_to_repair(each.incident, end) for each in told]),
        measures=measures(history, week),
        windows=windows(history, week),
        readiness=ready,
        changes=changes(rows),
        definitions_since=kept_since(rows),
        deeds=deeds(history, week),
        actions=actions(rows, [(each.incident, each.notes) for each in told], spans[ALL], end),
        last=rows.last,
        database=rows.database,
        runs=len(rows.of_the_week()),
        trouble=rows.trouble,
        partial=rows.partial,
    )


def _told(history: History, week: Week, end: datetime) -> Iterator[Told]:
    """The incidents that reach into the week, oldest first."""
    written = notes(history)
    for each in incidents(history):
        if each.began < end and (each.ended is None or each.ended > week.start):
            migrations = applied(history, each.last_ok, each.began)
            yield Told(each, notes_of(each, written), migrations)


def _to_repair(incident: Incident, end: datetime) -> timedelta | None:
    """How long until it was repaired? None where it was not, in this week."""
    repaired = incident.ended is not None and incident.ended <= end
    return incident.lasted(end) if repaired else None


def _mean(times: list[timedelta | None]) -> Mean:
    known = [time for time in times if time is not None]
    mean = sum(known, _NONE) / len(known) if known else None
    return Mean(mean, len(known), len(times) - len(known))


def _next(ahead: Mapping[str, int], at: datetime) -> Status:
    """How does the table stand that is worst prepared? As partition_coverage judges that month."""
    context, guards = Context(declared(), at), [g for g in declared() if g.partitioned]
    if not {guard.table for guard in guards} <= ahead.keys():
        return Status.UNKNOWN
    bare = [guard for guard in guards if not ahead[guard.table]]
    standing = [severity(guard, context.next_period(guard), context) for guard in bare]
    return worst(standing) if standing else Status.OK


def _readiness(rows: WeekRows) -> Readiness:
    """By the week's last verification."""
    last = next(reversed(rows.of_the_week()), None)
    if last is None:
        words = "no verification of this week says so"
        return Readiness(Status.UNKNOWN, next_words(rows.week.end), None, words, {})
    following_month = next_words(last.at)
    if _COVERAGE in last.apart:
        return Readiness(None, following_month, last.at, "no table was partitioned", {})
    status = last.checks.get(_COVERAGE, Status.UNKNOWN)
    ahead = dict(last.figures.ahead) if last.figures is not None else {}
    if ahead and status is not Status.UNKNOWN:
        status = _next(ahead, last.at)
    words = "every table has its partition" if status is Status.OK else "not proven"
    if rows.last is not None:
        words = rows.last[_COVERAGE].summary or words
    return Readiness(status, following_month, last.at, words, ahead)
