"""Which weeks does somebody look at? Read in the background, when they are asked for, and kept.

A page may not query: it asks, one week at a time is read, and a few are kept. With the database
gone the weeks that were read stay, and of the others is shown what the process has in mind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lib.core.errors import DatabaseUnreachable, QueryFailed, WatchtowerError
from lib.core.flight import SingleFlight
from lib.core.weeks import LENGTH, Week, week_of
from lib.db.database import Database
from lib.history.history import History
from lib.reports.review.reading import BUDGET_SECONDS, WeekRows, read

OLDEST = 160  # weeks back that can be asked for: a made-up address costs the database little
_KEPT = 6
_PAUSE = timedelta(seconds=10)  # between two attempts at the same week
NEVER = "The database has not been reached yet."

_log = logging.getLogger(__name__)


class Shelf:
    """The weeks that somebody opened. `show` gets what changes in the snapshot."""

    def __init__(self, show: Callable[..., None]) -> None:
        self._show = show
        self._flight: SingleFlight[None] = SingleFlight(BUDGET_SECONDS + 2)
        self._kept: dict[Week, WeekRows] = {}
        self._tried: dict[Week, datetime] = {}
        self._lost: set[Week] = set()  # those that the database could not be reached for
        self._reached = datetime.min.replace(tzinfo=UTC)
        self.database: Database | None = None

    def want(self, week: Week, history: History, now: datetime) -> None:
        """Read this week, where it is not there or has grown since. Returns at once.

        Ask again while another is read. `history` is what the process has in mind.
        """
        if not week_of(now).later(-OLDEST) <= week <= week_of(now):
            return
        known = self._kept.get(week)
        if known is not None and not known.trouble and not _grown(known, history):
            return
        if now - self._tried.get(week, now - _PAUSE) < _PAUSE and known is not None:
            return
        if self.database is None:
            if known is None:
                self._keep(_in_mind(week, history, now, NEVER))
            return
        self._flight.join(lambda: self._read(week, history))

    def reached(self, now: datetime) -> None:
        """The database has answered: what it was not reached for before is asked for anew.

        What it answered with an error stays said, until that week can be read.
        """
        self._reached = now
        lost, self._lost = self._lost, set()
        for week in lost & set(self._kept):
            rows = self._kept[week]
            self._tried.pop(week, None)
            if rows.partial:
                self._kept.pop(week, None)
            else:
                self._kept[week] = replace(rows, trouble=None)
        if lost:
            self._show(weeks=dict(self._kept))

    def _read(self, week: Week, history: History) -> None:
        now = datetime.now(UTC)
        self._tried[week] = now
        try:
            assert self.database is not None
            self._keep(read(self.database, week, now))
            self._lost.discard(week)
        except DatabaseUnreachable as error:
            self._failed(week, history, now, str(error))
        except QueryFailed as error:
            why = f"The history cannot be read: {error}."
            self._failed(week, history, now, why, lost=False)
        except WatchtowerError as error:
            self._failed(week, history, now, str(error), lost=False)
        except Exception:
            _log.exception("The week %s could not be read", week)
            why = "It could not be read; the log says more."
            self._failed(week, history, now, why, lost=False)

    def _failed(
        self, week: Week, history: History, now: datetime, why: str, *, lost: bool = True
    ) -> None:
        if lost:
            if self._reached > now:
                return  # the database is back since: whoever looks asks again
            self._lost.add(week)
        known = self._kept.get(week)
        if known is None or known.partial:
            self._keep(_in_mind(week, history, now, why))
        else:
            self._keep(replace(known, trouble=why))

    def _keep(self, rows: WeekRows) -> None:
        self._kept.pop(rows.week, None)
        self._kept[rows.week] = rows
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        self._show(weeks=dict(self._kept))


def _grown(known: WeekRows, history: History) -> bool:
    """Did something come in that its review tells of, since it was read?"""
    if known.read_at > known.week.end + LENGTH:
        return any(deed.at > known.read_at for deed in history.deeds[-1:])
    moments = [run.at for run in (*history.runs[-1:], *history.alarms[-1:])]
    moments += [deed.at for deed in history.deeds[-1:]]
    return any(moment > known.read_at for moment in moments)


def _in_mind(week: Week, history: History, now: datetime, why: str) -> WeekRows:
    """What the pages know of it, without what was counted word for word."""
    return WeekRows(week, now, replace(history, noticed=()), trouble=why, partial=True)
