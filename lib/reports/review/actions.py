"""What is left to do after this week? Derived from what was found last; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.checks import telling
from lib.core.remedies import Remedies
from lib.core.results import Status
from lib.core.words import duration, moment, times
from lib.history.history import REFRESH, History, Run
from lib.history.incidents import Incident
from lib.history.lanes import Span, gaps
from lib.history.notes import Note
from lib.reports.review.reading import WeekRows


@dataclass(frozen=True)
class Action:
    """One thing that is open: how bad it is, what it is, and what to do.

    `done` is when it was first seen right after the week's end; None as long as it was not.
    """

    status: Status
    what: str
    do: str
    done: datetime | None = None


def actions(
    rows: WeekRows,
    known: Sequence[tuple[Incident, Sequence[Note]]],
    together: Sequence[Span],
    end: datetime,
) -> tuple[Action, ...]:
    """What the week left open, worst first."""
    found = [
        *_faults(rows),
        *_noticed(rows, end),
        *_unseen(together),
        *_unexplained(known, end),
    ]
    return tuple(sorted(found, key=lambda action: (action.done is not None, -action.status)))


def _faults(rows: WeekRows) -> Iterator[Action]:
    """What the last verification of the week found wrong; each fault once."""
    last = next(reversed(rows.of_the_week()), None)
    if last is None and rows.partial:
        what = "It is not known whether a verification ran in this week"
        yield Action(Status.UNKNOWN, what, _do(Status.UNKNOWN))
        return
    if last is None:
        yield Action(
            Status.UNKNOWN,
            "The history has no verification of this week",
            "see whether a copy runs, with WATCHTOWER_SCHEDULE on, the database in reach, and a "
            "history that takes its rows",
        )
        return
    if rows.last is None:
        for check, status in sorted(last.checks.items(), key=lambda pair: (-pair[1], pair[0])):
            if status is not Status.OK:
                done = _right_since(rows.history, last, (check,))
                yield Action(status, f"{check} is {status.word}", _do(status), done)
        return
    wrong = telling.faults(rows.last)
    for fault in [own for own in wrong if not telling.echo(own)] or wrong:
        finding = fault.finding
        done = _right_since(rows.history, last, fault.checks)
        do = telling.choice(finding.remedies) or _do(finding.status, finding.remedies)
        yield Action(finding.status, telling.title(finding), do, done)


def _noticed(rows: WeekRows, end: datetime) -> Iterator[Action]:
    """What a refresh found worse after the week's last verification, and no other one denied."""
    last = next(reversed(rows.of_the_week()), None)
    looks = [run for run in rows.history.known if run.kind == REFRESH and run.at < end]
    newest = max(looks, key=lambda run: run.until, default=None)
    if newest is None or (last is not None and newest.until <= last.at):
        return
    before = {} if last is None else last.checks
    if not newest.checks:
        what = f"Nothing can be observed since {moment(newest.at)}"
        yield Action(Status.UNKNOWN, what, _do(Status.UNKNOWN))
    by_status: dict[Status, list[str]] = {}
    for check, status in sorted(newest.checks.items()):
        if status >= Status.UNKNOWN and before.get(check, Status.OK) < status:
            by_status.setdefault(status, []).append(check)
    for status, names in by_status.items():
        verb = "is" if len(names) == 1 else "are"
        when = "seen by a refresh alone" if last is None else "seen after the last verification"
        what = f"{', '.join(names)} {verb} {status.word}, {when}"
        yield Action(status, what, _do(status), _right_since(rows.history, newest, names))


def _do(status: Status, remedies: Remedies = ()) -> str:
    if telling.decides(remedies):
        return "a person decides: python -m lib plan shows the choices, or the Runbook page"
    if status is Status.UNKNOWN:
        return "make it observable again: the Status page says what prevents it"
    return "repair it: python -m lib plan, or the Runbook page"


def _right_since(history: History, last: Run, checks: Iterable[str]) -> datetime | None:
    """Since which later run is it right, as far as is known?"""
    wanted, since = tuple(checks), None
    for run in history.verifications():
        if run.at <= last.at:
            continue
        right = all(run.checks.get(check) is Status.OK for check in wanted)
        since = (since or run.at) if right else None
    return since


def _unseen(together: Sequence[Span]) -> Iterator[Action]:
    blind = gaps(together)
    if blind:
        whole = duration(sum((gap.length for gap in blind), timedelta()))
        yield Action(
            Status.UNKNOWN,
            f"Not verified {times(len(blind))}, {whole} in all",
            "find out why no run was kept: every copy was down, the database out of reach, or its "
            "history took no row",
        )


def _unexplained(
    known: Sequence[tuple[Incident, Sequence[Note]]], end: datetime
) -> Iterator[Action]:
    """Incidents that are repaired, and nobody wrote down why there were any."""
    for incident, written in known:
        if incident.ended is not None and incident.ended <= end and not written:
            yield Action(
                Status.WARNING,
                f"No note says why there was the incident of {moment(incident.began)}",
                "write it down: on the History page, or python -m lib note",
            )
