"""What do all the checks together say? Runs them into one Report, within a budget.

A verification calls both RPCs and writes one history row; a refresh only reads. One check that
fails becomes unknown with its reason, and the others still answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack
from uuid import UUID

from lib.checks import CHECKS, rpc_answers
from lib.checks.check import Check
from lib.checks.guarded_tables import looked_at, place
from lib.checks.lock_holders import named
from lib.checks.rpc_answers import drift_answer
from lib.checks.unwatched import does_not_apply, unwatched
from lib.core.context import Context, Verdict
from lib.core.declaration import declared, required
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.flight import SingleFlight
from lib.core.guards import Guard
from lib.core.results import CheckResult, Report, unknown
from lib.db.database import Database, Session
from lib.history import fingerprints, proofs
from lib.history.ground import Ground, beside, newest, stands
from lib.history.history import Run
from lib.history.recording import recordable, recorded
from lib.remedies.unobserved import unobserved

BUDGET_SECONDS = 9.0
ANSWER_SECONDS = 9.8
NO_ANSWER = "The database did not answer within 10 s."

_RPC_SECONDS, _ROW_SECONDS = 1.0, 0.5
_OF_TRIGGERS = tuple(check for check in CHECKS if check.asked_of_triggers)
OF_WINDOWS = tuple(check for check in CHECKS if check.asked_of_windows)

Progress = Callable[[CheckResult], object]  # is told of each check as it lands

_log = logging.getLogger(__name__)


class Options(TypedDict, total=False):
    """What a caller may set of any run; the defaults stand in `_Asked`."""

    guards: tuple[Guard, ...]
    window_days: int
    freshness_hours: int
    now: datetime | None
    since: datetime | None
    canonical: Path | None


def verify(
    database: Database,
    *,
    who: str,
    face: str,
    slot: UUID | None = None,
    progress: Progress | None = None,
    before: Ground | None = None,
    last: Report | None = None,
    noticed: Sequence[Run] = (),
    usual_days: int = 0,
    **options: Unpack[Options],
) -> Report:
    """Is everything proven right? Calls both RPCs, and keeps the answer as one history row.

    What it could not observe replaces nothing: what was critical in the verification `before`, of
    whichever process, or in the `last` look of this one stays beside that. `noticed` is what
    refreshes saw since then. Nor does a window shorter than the `usual_days` of the settings clear
    what it takes for older rows.
    Rows `since` a chosen moment, the last repair say, are counted by themselves too. `canonical` is
    the folder of reviewed guards, where it is not sql/setup. `now` defaults to the database's own
    clock. `slot` is the id of the row where the schedule asked. `progress` hears of each check as
    it lands. Raises: DatabaseUnreachable when no connection can be had at all; one that breaks
    later leaves the remaining checks unknown.
    """
    with database.session(BUDGET_SECONDS) as session:
        before = _before(session, before)
        asked = _Asked(**options, proven=_proven(before))
        report = _run(session, asked, progress=progress)
        report = replace(report, who=who, face=face)
        narrower = asked.window_days < usual_days
        report = beside(session, report, before, last, narrower=narrower)
        own = tuple(guard for guard in asked.guards if looked_at(guard, report))
        return recorded(session, report, own, slot, noticed)


def examine(database: Database, **options: Unpack[Options]) -> Report:
    """What would a verification find? For the plan: asks all that one asks, and leaves no row.

    Raises: DatabaseUnreachable, as `verify` does.
    """
    with database.session(BUDGET_SECONDS) as session:
        proven = _proven(_before(session, None))
        return recordable(session, _run(session, _Asked(**options, traceless=True, proven=proven)))


def refresh(
    database: Database,
    *,
    proven: Mapping[str, Verdict] | None = None,
    **options: Unpack[Options],
) -> Report:
    """What do the pages show? Reads alone: writes no row and calls nothing that does.

    `proven` is what the last verification found out about each function (`proven` of its report):
    a refresh tries none itself. Raises: DatabaseUnreachable, as `verify` does.
    """
    with database.session(BUDGET_SECONDS) as session:
        return _run(session, _Asked(**options, verifying=False, proven=proven or {}))


def look(
    database: Database,
    *,
    known: Ground | None,
    last: Report | None = None,
    **options: Unpack[Options],
) -> tuple[Report, Ground | None]:
    """The same, by the last verification of any process; what only that observed still stands.

    `known` is the one by which the look before this one went, and `last` is what that said: what it
    saw to be critical and this one cannot observe stays. Raises: DatabaseUnreachable.
    """
    with database.session(BUDGET_SECONDS) as session:
        ground = newest(session, known)
        asked = _Asked(**options, verifying=False, proven=_proven(ground))
        return stands(_run(session, asked), ground, verifying=False, last=last), ground


def rows(
    database: Database,
    *,
    proven: Mapping[str, Verdict] | None = None,
    **options: Unpack[Options],
) -> Report:
    """What do the keys and joins of another window look like? Reads alone, as a refresh does."""
    with database.session(BUDGET_SECONDS) as session:
        asked = _Asked(**options, verifying=False, proven=proven or {})
        return _run(session, asked, OF_WINDOWS)


def proven(report: Report) -> Mapping[str, Verdict]:
    """What did this verification prove of functions and older rows, for the refreshes after it?"""
    return proofs.proven(report.checks)


def triggers(database: Database, *, canonical: Path | None = None) -> Report:
    """Do both guards fire, and do both RPCs say so? For `verify-triggers`; writes no row itself.

    Raises: DatabaseUnreachable, as `verify` does.
    """
    with database.session(BUDGET_SECONDS) as session:
        return _run(session, _Asked(required(), canonical=canonical), _OF_TRIGGERS)


def _before(session: Session, known: Ground | None) -> Ground | None:
    """The last verification; of a database that does not answer the checks will tell."""
    with suppress(DatabaseUnreachable):
        return newest(session, known)
    return known


def _proven(ground: Ground | None) -> Mapping[str, Verdict]:
    return {} if ground is None else ground.proven


def within(run: Callable[[], Report], seconds: float = ANSWER_SECONDS) -> Report:
    """Wait for a run, but not for ever. Raises: DatabaseUnreachable when time is up."""
    flight: SingleFlight[Report] = SingleFlight()
    return landed(flight.join(run), seconds)


def landed(future: Future[Report], seconds: float = ANSWER_SECONDS) -> Report:
    """The report of a run under way. Raises: DatabaseUnreachable when time is up."""
    try:
        return future.result(seconds)
    except FutureTimeout:
        raise DatabaseUnreachable(NO_ANSWER) from None


@dataclass(frozen=True)
class _Asked:
    """What was asked of one run? `now` None is the database's own clock."""

    guards: tuple[Guard, ...] = field(default_factory=declared)
    window_days: int = 7
    freshness_hours: int = 6
    now: datetime | None = None
    verifying: bool = True
    since: datetime | None = None
    proven: Mapping[str, Verdict] = field(default_factory=dict)
    canonical: Path | None = None
    traceless: bool = False

    def context(self, now: datetime) -> Context:
        """The question as the checks get it."""
        return Context(
            self.guards,
            self.now or now,
            self.window_days,
            self.freshness_hours,
            self.verifying,
            self.proven,
            self.since,
            self.canonical,
            self.traceless,
        )


def _run(
    session: Session,
    asked: _Asked,
    checks: tuple[Check, ...] = CHECKS,
    progress: Progress | None = None,
) -> Report:
    started = time.monotonic()
    identity, there = place(session, asked.guards)
    catalogs = fingerprints.catalogs(session, there) if checks is CHECKS else None
    context = replace(asked.context(identity["now"]), guards=there)
    results = run_checks(session, context, checks, progress)
    return Report(
        checks=results,
        checked_at=context.now,
        duration_ms=round(1000 * (time.monotonic() - started)),
        window_days=asked.window_days,
        drift=drift_answer(results[-1]),
        database=identity["database"],
        server_version=identity["server_version"],
        role=identity["role"],
        catalogs=catalogs,
        optional=tuple(guard.table for guard in there if guard.optional),
        demo=session.demo,
    )


def run_checks(
    session: Session,
    context: Context,
    checks: Iterable[Check],
    progress: Progress | None = None,
) -> tuple[CheckResult, ...]:
    """Run these checks in order; each sees what the earlier ones found.

    Where nothing is there that they could watch, one of them says so, and the others do not apply.
    """
    session.reserve = _ROW_SECONDS
    instead = unwatched(session, context)
    for check in checks:
        # Slow checks must not take the time of the RPCs' answer and of the history row.
        session.reserve = (
            _ROW_SECONDS if check is rpc_answers.CHECK else _ROW_SECONDS + _RPC_SECONDS
        )
        started = time.monotonic()
        result = (
            instead.get(check.name, does_not_apply(check.name))
            if instead
            else _guarded(check, session, context)
        )
        seconds = time.monotonic() - started
        if result is not None:
            result = context.seen[result.check] = replace(result, seconds=seconds)
            if progress is not None:
                progress(result)
    session.reserve = 0.0
    with suppress(DatabaseUnreachable):  # which the checks have said
        return named(session, context, context.seen.values())
    return tuple(context.seen.values())


def _guarded(check: Check, session: Session, context: Context) -> CheckResult | None:
    name = check.name
    try:
        return check.run(session, context)
    except QueryFailed as error:
        found = unobserved(name, "a catalog or table", error, "not observed: ")
        return CheckResult(name, (found,), found.detail)
    except DatabaseUnreachable as error:
        words = "the database does not answer"
        return unknown(name, f"not observed: {error}", code="no_answer", headline=words)
    except Exception:
        _log.exception("The check %s failed unexpectedly", name)
        words = "not observed: the check failed unexpectedly; the log says more"
        return unknown(name, words, code="failed", headline=f"{name} failed unexpectedly")
