"""Is a verification kept? One history row each: the report, who asked, and what a review counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from lib.checks import lock_holders, outside_texts
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, decision, statements, whole_file
from lib.core.results import HISTORY, CheckResult, Finding, Report, Row, Status, not_applicable
from lib.db.database import Session
from lib.db.sql import quoted
from lib.history import fingerprints, proofs
from lib.history.earlier_looks import turned
from lib.history.figures import figures
from lib.history.history import VERIFICATION, Run
from lib.remedies import locks, remedies
from lib.remedies.unobserved import kept_back, reason, remedy_for, takes_no_rows
from lib.trials import strangers
from lib.trials.proven import PROVEN

_TABLE = "public.watchtower_checks"
_UNRECORDED = "This verification is not in the history"
_HISTORY = remedies.run_file(remedies.HISTORY_FILE, "the history") + whole_file(
    "and, for the role's rights,", remedies.ROLE_FILE
)
_HISTORY_TRIGGERS = decision(
    "the history only takes rows, and nothing there may drop or divert them:",
    "select tgname, pg_get_triggerdef(oid) from pg_trigger\n"
    "where tgrelid = 'public.watchtower_checks'::regclass and not tgisinternal;",
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
        found = {check.check: check.status for check in report.applying}
        if turn := turned(noticed, report.status, found):
            details["noticed"] = turn
        row: dict[str, Any] = {
            "check_name": VERIFICATION,
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
            if texts := details.get("outside"):
                transaction.rows(
                    "history/outside", kind=outside_texts.NAME, texts=json.dumps(texts)
                )
            if texts := _proven_texts(report):
                transaction.rows("history/proven", kind=PROVEN, texts=json.dumps(texts))
        if kept is not None and session.rows("schedule/done", id=kept)[0]["done"]:
            return replace(report, row=kept)
        why = "the row was taken, and is not there: does a trigger or a rule of the table drop it?"
        return _unrecorded(report, why, _HISTORY_TRIGGERS)
    except (QueryFailed, DatabaseUnreachable) as error:
        return _refused(session, report, error)


def _proven_texts(report: Report) -> list[Row]:
    """Which functions' texts has this verification itself proven right, or wrong?"""
    return [
        {**row, "right": right}
        for name, right in (("proven", True), ("disproven", False))
        for check in report.checks
        for row in check.tables.get(name, ())
    ]


def recordable(session: Session, report: Report) -> Report:
    """The report; with a word about it where the table or a right on it is missing. Leaves none."""
    try:
        with session.probing() as transaction:
            transaction.run("session/unarmed")
            transaction.rows("history/record", check_name=VERIFICATION, ok=report.ok, details="{}")
    except QueryFailed as error:
        hopeless = error.sqlstate.startswith("42") or error.sqlstate == strangers.ARMED
        return _refused(session, report, error) if hopeless else report
    except DatabaseUnreachable:
        pass
    return report


def _details(report: Report) -> dict[str, Any]:
    """The whole report, who asked, what it has proven, and what the review counts."""
    details = {**report.to_json(), "who": report.who, "face": report.face}
    details |= {"catalogs": report.catalogs, "proven": proofs.to_json(proofs.proven(report.checks))}
    for check, kept in zip(report.checks, details["checks"], strict=True):
        kept["findings"] = [finding.to_row() for finding in check.findings]
    if stands := [
        {"check": c.check, "subject": f.subject, "detail": f.detail, "behind": f.behind}
        for c in report.checks
        for f in c.findings
        if f.behind
    ]:
        details["stands"] = stands
    if (texts := outside_texts.passed(report.checks)) is not None:
        details["outside"] = texts
    if (reach := report.reach()) is not None:
        details["reach"] = reach.to_json()
    return {**details, "figures": figures(report).to_json()}


def _refused(session: Session, report: Report, error: QueryFailed | DatabaseUnreachable) -> Report:
    if isinstance(error, QueryFailed) and error.sqlstate == lock_holders.LOCK:
        with suppress(DatabaseUnreachable):
            words, remedy = lock_holders.holder(session)
            return _unrecorded(report, words, remedy or remedy_for(error))
    if report.apart and isinstance(error, QueryFailed) and error.sqlstate == "42P01":
        return _nowhere(report, reason(error))
    return _unrecorded(report, *_why_unrecorded(error, report.role))


def _why_unrecorded(error: QueryFailed | DatabaseUnreachable, role: str) -> tuple[str, Remedies]:
    """Why was no row written, and what fixes that?"""
    if isinstance(error, DatabaseUnreachable):
        return str(error), ()
    if takes_no_rows(error):
        return reason(error), remedies.ON_THE_PRIMARY
    if error.sqlstate == strangers.ARMED:
        return reason(error), strangers.REMEDY
    if error.sqlstate == "42501":
        return reason(error), _rights(role)
    if kept_back(error):
        return reason(error), remedy_for(error)
    return reason(error), _HISTORY


def _rights(role: str) -> Remedies:
    """What lets this role keep it? The setup file grants to its own role alone."""
    if role == remedies.ROLE:
        return remedies.run_file(remedies.ROLE_FILE, "grants and policies for the role")
    name, reads, writes = (quoted(f"{role}{end}") for end in ("", "_reads", "_writes"))
    rights = [("usage on schema public", name), (f"select, insert on {_TABLE}", name)]
    return statements(
        f"grant usage on schema public to {name};\n"
        f"grant select, insert on {_TABLE} to {name};\n"
        f"drop policy if exists {reads} on {_TABLE};\n"
        f"create policy {reads} on {_TABLE} for select to {name} using (true);\n"
        f"drop policy if exists {writes} on {_TABLE};\n"
        f"create policy {writes} on {_TABLE} for insert to {name} with check (true);",
        lock=locks.NONE,
        undo=remedies.revokes(rights),
    )


def _nowhere(report: Report, why: str) -> Report:
    """A database that has nothing of what is watched needs no history of it either."""
    words = f"{_UNRECORDED}: {why}"
    history = not_applicable(HISTORY, words)
    return replace(report, checks=(*report.checks, history), unrecorded=words)


def _unrecorded(report: Report, why: str, remedy: Remedies) -> Report:
    words = f"{_UNRECORDED}: {why}"
    headline = "this verification is not in the history"
    finding = Finding(_TABLE, Status.WARNING, words, remedy, code="not_recorded", headline=headline)
    history = CheckResult(HISTORY, (finding,), words)
    return replace(report, checks=(*report.checks, history), unrecorded=words)
