"""Is a verification kept? One history row each: the report, who asked, and what a review counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from lib import fingerprints
from lib.checks import remedies
from lib.checks.context import reason, remedy_for, takes_no_rows
from lib.database import Session
from lib.errors import DatabaseUnreachable, QueryFailed
from lib.figures import figures
from lib.guards import Guard
from lib.history import proofs
from lib.history.glimpses import turned
from lib.history.history import Run
from lib.results import CheckResult, Finding, Report, Status, not_applicable

CHECK_NAME = "partition_watchtower"
_UNRECORDED = "This verification is not in the history"
_HISTORY = (
    remedies.run_file("sql/setup/20_history.sql", "the history")
    + "\n-- and, for the role's rights,\n-- sql/setup/50_role.sql"
)
_HISTORY_TRIGGERS = (
    "-- a decision: the history only takes rows, and nothing there may drop or divert them:\n"
    "select tgname, pg_get_triggerdef(oid) from pg_trigger\n"
    "where tgrelid = 'public.watchtower_checks'::regclass and not tgisinternal;"
)


def recorded(
    session: Session,
    report: Report,
    guards: tuple[Guard, ...],
    slot: UUID | None,
    noticed: Sequence[Run] = (),
) -> Report:
    """The report with its history row written, or with a word about why it was not."""
    try:
        details = {**_details(report), **fingerprints.observed(session, guards)}
        if turn := turned(noticed, report.status):
            details["noticed"] = turn
        row: dict[str, Any] = {
            "check_name": CHECK_NAME,
            "ok": report.ok,
            "details": json.dumps(details, default=str),
        }
        with session.writing() as transaction:
            if slot is None:
                written = transaction.rows("history/record", **row)
                kept = str(written[0]["id"]) if written else None
            else:
                transaction.rows("history/record_slot", id=str(slot), **row)
                kept = str(slot)
        if kept is not None and _is_there(session, kept):
            return replace(report, row=kept)
        why = "the row was taken, and is not there: does a trigger or a rule of the table drop it?"
        return _unrecorded(report, why, _HISTORY_TRIGGERS)
    except (QueryFailed, DatabaseUnreachable) as error:
        if report.apart and isinstance(error, QueryFailed) and error.sqlstate == "42P01":
            return _nowhere(report, reason(error))
        return _unrecorded(report, *_why_unrecorded(error))


def _details(report: Report) -> dict[str, Any]:
    """The whole report, who asked, what it has proven, and what the review counts."""
    details = {**report.to_json(), "who": report.who, "face": report.face}
    details |= {"catalogs": report.catalogs, "proven": proofs.to_json(proofs.proven(report.checks))}
    if stands := [
        {"check": c.check, "subject": f.subject, "detail": f.detail, "behind": f.behind}
        for c in report.checks
        for f in c.findings
        if f.behind
    ]:
        details["stands"] = stands
    if (reach := report.reach()) is not None:
        details["reach"] = reach.to_json()
    return {**details, "figures": figures(report).to_json()}


def _is_there(session: Session, row_id: str) -> bool:
    """Can the row that was written be read?"""
    with session.reading() as transaction:
        return bool(transaction.rows("schedule/done", id=row_id)[0]["done"])


def _why_unrecorded(error: QueryFailed | DatabaseUnreachable) -> tuple[str, str]:
    """Why was no row written, and what mends that?"""
    if isinstance(error, DatabaseUnreachable):
        return str(error), _HISTORY
    if takes_no_rows(error):
        return reason(error), remedies.ON_THE_PRIMARY
    if error.sqlstate == "55P03":
        return reason(error), remedy_for(error) or _HISTORY
    return reason(error), _HISTORY


def _nowhere(report: Report, why: str) -> Report:
    """A database that has nothing of what is watched needs no history of it either."""
    words = f"{_UNRECORDED}: {why}"
    history = not_applicable("history", words)
    return replace(report, checks=(*report.checks, history), unrecorded=words)


def _unrecorded(report: Report, why: str, remedy: str) -> Report:
    words = f"{_UNRECORDED}: {why}"
    finding = Finding("public.watchtower_checks", Status.WARNING, words, remedy)
    history = CheckResult("history", (finding,), words)
    return replace(report, checks=(*report.checks, history), unrecorded=words)
