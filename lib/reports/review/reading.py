"""What of the history does the review of one week need? Read when somebody asks for that week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lib.core.results import Report
from lib.core.weeks import LENGTH, Week
from lib.db.database import Database, Session
from lib.history.archive import opened
from lib.history.history import History, Run
from lib.history.incidents import incidents
from lib.history.rows import between, notes_between

BUDGET_SECONDS = 8.0
WEEKS_BEFORE = 4  # that a week's figures are held against
_AFTER = LENGTH  # in which an incident of the week may have been repaired
_MARGIN = timedelta(hours=2)  # what was found before the first week still holds in it
_SKEW = timedelta(days=1)  # as in lib/history/rows.py
_MOST_CHANGES = 40

Marks = Mapping[str, str]  # of the definitions, by name


@dataclass(frozen=True)
class WeekRows:
    """The runs of this week, of the four before it and of the one after, as read at `read_at`.

    `marks` are how the definitions stood, by run, around each change. `last` is the whole report
    of the week's last verification, `database` the name of where it is kept. `trouble` says why
    there are no newer rows, and `partial` is true where only what the pages know could be used.
    """

    week: Week
    read_at: datetime
    history: History
    marks: Mapping[str, Marks] = field(default_factory=dict)
    last: Report | None = None
    database: str = ""
    trouble: str | None = None
    partial: bool = False

    def of_the_week(self) -> tuple[Run, ...]:
        """Its verifications, oldest first."""
        return within(self.history, self.week)


def within(history: History, week: Week) -> tuple[Run, ...]:
    """The verifications of this week, oldest first."""
    return tuple(run for run in history.verifications() if week.start <= run.at < week.end)


def read(database: Database, week: Week, now: datetime) -> WeekRows:
    """All that the review of this week needs. Raises: QueryFailed, DatabaseUnreachable."""
    since = week.start - WEEKS_BEFORE * LENGTH - _MARGIN
    with database.session(BUDGET_SECONDS) as session:
        history = _with_what_came_later(session, week, since, now)
        pairs = list(turns(history, week))[-_MOST_CHANGES:]
        marks = _marks(session, {run.id for pair in pairs for run in pair})
        (identity,) = session.rows("session/identity")
    last = next(reversed(within(history, week)), None)
    report = None if last is None else opened(database, last.id).report
    return WeekRows(week, now, history, marks, report, identity["database"])


def _with_what_came_later(session: Session, week: Week, since: datetime, now: datetime) -> History:
    """The history up to a week after this one, with notes of any later time.

    What of the week was not repaired by then is followed on.
    """
    until = min(now + _SKEW, week.end + _AFTER)
    found = between(session, since, until)
    if until > now:
        return found
    if any(each.ended is None and each.began < week.end for each in incidents(found)[-1:]):
        more = between(session, until, now + _SKEW)
        return replace(
            found,
            runs=(*found.runs, *more.runs),
            deeds=(*found.deeds, *more.deeds),
            alarms=(*found.alarms, *more.alarms),
        )
    later = notes_between(session, until, now + _SKEW)
    return replace(found, deeds=(*found.deeds, *later))


def grown(known: WeekRows, history: History) -> bool:
    """Did something come in that its review tells of, since it was read?"""
    if known.read_at > known.week.end + LENGTH:
        return any(deed.at > known.read_at for deed in history.deeds[-1:])
    moments = [run.at for run in (*history.runs[-1:], *history.alarms[-1:])]
    moments += [deed.at for deed in history.deeds[-1:]]
    return any(moment > known.read_at for moment in moments)


def turns(history: History, week: Week) -> Iterator[tuple[Run, Run]]:
    """Between which two verifications did a definition change? The second is of this week."""
    before: Run | None = None
    for run in history.verifications():
        if run.definitions is None:
            continue
        changed = before is not None and run.definitions != before.definitions
        if before is not None and changed and week.start <= run.at < week.end:
            yield before, run
        before = run


def _marks(session: Session, ids: Iterable[str]) -> dict[str, Marks]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = session.rows("history/marks", ids=wanted)
    return {
        str(row["id"]): {str(name): str(mark) for name, mark in row["marks"].items()}
        for row in rows
        if isinstance(row["marks"], dict)
    }
