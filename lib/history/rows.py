"""Which rows of the history came in, and how is one added? Read newest first, into the History."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from lib.checks import rpc_answers
from lib.checks.telling import in_short
from lib.core.errors import QueryFailed
from lib.core.results import NOT_APPLICABLE, STATUSES, Reach, Row, Status
from lib.core.values import written_moment
from lib.db.database import Database, Session
from lib.history.earlier_looks import glimpses
from lib.history.figures import Figures
from lib.history.history import (
    ALERT,
    DEEDS,
    KEPT,
    NOTE,
    REFRESH,
    RPC,
    Deed,
    History,
    Migrations,
    Run,
)
from lib.history.renamed import deed_today, today
from lib.remedies.unobserved import reason

BUDGET_SECONDS = 5.0

_SKEW = timedelta(days=1)  # this machine's clock may be behind: the database's says what is future
_OVERLAP = timedelta(minutes=2)  # rows are dated when their transaction begins, and seen later
_PAGE, _MOST = 2_000, 60_000  # runs that one statement reads, and that are kept in mind
_MOST_DEEDS = 1_000
_LONGEST_NAME = 200  # characters
_ENOUGH_SECONDS = 1.0  # of the budget, for another page


def read(database: Database, before: History, now: datetime) -> History:
    """The history with the rows that came since it was last read. Never raises QueryFailed.

    Newest first, page by page; what the time does not suffice for is read the next time.
    Raises: DatabaseUnreachable.
    """
    edge = now - KEPT
    known = {run.id: run for run in before.runs if run.at > edge}
    reaches = before.reaches if known else None
    trouble, deeds, alarms = None, before.deeds, before.alarms
    try:
        with database.session(BUDGET_SECONDS) as session:
            deeds, alarms = _deeds(session, edge, now + _SKEW)
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
        trouble = f"The history cannot be read: {reason(error)}"
    runs = tuple(sorted(known.values(), key=lambda run: run.at))
    found = replace(before, runs=runs, deeds=deeds, alarms=alarms, trouble=trouble, reaches=reaches)
    return found.settled


def between(session: Session, since: datetime, until: datetime) -> History:
    """The history of this time alone, for a look further back than the pages'.

    Where the time does not suffice, `reaches` says back to when it did.
    Raises: QueryFailed, DatabaseUnreachable.
    """
    runs: list[Run] = []
    reaches = None
    deeds, alarms = _deeds(session, since, until)
    for page, back_to in _pages(session, since, until):
        runs += page
        reaches = back_to
        if session.budget.left < _ENOUGH_SECONDS:
            break
    runs.sort(key=lambda run: run.at)
    return History(tuple(runs), deeds=deeds, alarms=alarms, reaches=reaches)


def notes_between(session: Session, since: datetime, until: datetime) -> tuple[Deed, ...]:
    """The notes of this time, oldest first. Raises: QueryFailed, DatabaseUnreachable."""
    return tuple(_done(session, (NOTE,), since, until))


def keep(session: Session, name: str, details: Mapping[str, object]) -> None:
    """Add one row, of what a person did. Raises: QueryFailed, DatabaseUnreachable."""
    with session.writing() as transaction:
        transaction.rows("history/record", check_name=name, ok=True, details=json.dumps(details))


def _deeds(
    session: Session, since: datetime, until: datetime
) -> tuple[tuple[Deed, ...], tuple[Run, ...]]:
    """What people did, and what alerts were sent for, oldest first."""
    found = _done(session, (*DEEDS, ALERT), since, until)
    alarms = tuple(_alarms(deed for deed in found if deed.kind == ALERT))
    return tuple(deed for deed in found if deed.kind != ALERT), alarms


def _done(session: Session, names: tuple[str, ...], since: datetime, until: datetime) -> list[Deed]:
    rows = session.rows("history/deeds", names=names, since=since, until=until, most=_MOST_DEEDS)
    return [
        Deed(
            str(row["id"]),
            row["created_at"],
            row["check_name"],
            row["ok"],
            deed_today(row["details"]) if isinstance(row["details"], dict) else {},
        )
        for row in reversed(rows)
    ]


def _alarms(said: Iterable[Deed]) -> Iterator[Run]:
    """What an alert says of its checks: wrong since then, or all of them right again."""
    wrong: dict[str, Status] = {}
    for deed in said:
        kept = deed.details.get("checks")
        named = kept.items() if isinstance(kept, dict) else ()
        now = {str(name): status for name, word in named if (status := _status(str(word)))}
        opening = deed.word("kind") == "open"
        at = written_moment(deed.word("since")) if opening else None
        if deed.ok:
            now, wrong = dict.fromkeys(wrong, Status.OK), {}
        else:
            wrong |= now
        if now:
            status = max(now.values())
            yield Run(f"alert {deed.id}", at or deed.at, REFRESH, status, now, face="alert")


def _pages(
    session: Session, since: datetime, until: datetime
) -> Iterator[tuple[list[Run], datetime]]:
    """The runs of this time, newest first, and back to when they are known with each page.

    A row dated in the future tells nothing of the past: it is left out.
    """
    while until > since:
        rows = session.rows("history/runs", since=since, until=until, most=_PAGE)
        page = [_run(row) for row in rows]
        if len(page) < _PAGE:
            yield list(filter(_tells, page)), since
            return
        oldest = page[-1].at
        # Rows of one moment may lie on both sides of the page's end.
        until = oldest if oldest < until else until - timedelta(microseconds=1)
        yield list(filter(_tells, page)), until


def _tells(run: Run) -> bool:
    """Does it say anything? A row that names no check has proven nothing, but may be red."""
    return bool(run.checks) or run.status >= Status.UNKNOWN


def _run(row: Row) -> Run:
    names, words = tuple(map(today, _texts(row["names"]))), _texts(row["words"])
    checks = _statuses(names, words)
    said = _status(row["status"]) or (Status.OK if row["ok"] else Status.CRITICAL)
    if row["check_name"] == RPC:
        checks = _statuses((rpc_answers.CHECK.name,), (said.word,))
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
        figures=Figures.from_json(row["figures"]),
        definitions=row["definitions"],
        migrations=_migrations(row["migrations"]),
        worst=in_short(row["worst"] or ""),
        apart=_apart(names, words),
        noticed=glimpses(row["noticed"], row["created_at"]),
    )


@lru_cache(maxsize=512)
def _migrations(text: str | None) -> Migrations | None:
    """One value for all runs that found the same. None, where the row holds nothing of the kind."""
    kept = json.loads(text) if text else None
    if not isinstance(kept, dict):
        return None
    count, latest = kept.get("count"), kept.get("latest")
    return Migrations(
        count if isinstance(count, int) else 0,
        _texts(latest) if isinstance(latest, list) else (),
        str(kept["trouble"]) if kept.get("trouble") else None,
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


@lru_cache(maxsize=512)
def _apart(names: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """Which checks did not apply?"""
    return tuple(name for name, word in zip(names, words, strict=False) if word == NOT_APPLICABLE)


def _texts(found: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(str(each)[:_LONGEST_NAME] for each in found or ())


def _status(word: str | None) -> Status | None:
    return STATUSES.get(word or "")
