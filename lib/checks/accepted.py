"""Has an operator accepted what this check still finds: older rows by their number, a policy?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks.check import Check
from lib.core.errors import QueryFailed
from lib.core.results import Finding, Row, Status
from lib.core.words import moment, number
from lib.db.database import Session


def settle(
    session: Session, check: Check, findings: tuple[Finding, ...], count: int, *, capped: bool
) -> tuple[Finding, ...]:
    """The findings, with what was accepted by name and reason turned into a note.

    `count` older rows were found; where they are `capped`, not counted to their end, nothing can
    be accepted. One row more than was accepted alarms again.
    """
    if not any(finding.status is Status.WARNING for finding in findings):
        return findings
    for row in acceptances(session, check):
        if not row["about"]:
            within = count <= row["count"] and not capped
            return tuple(_settled(finding, row, within=within) for finding in findings)
    return findings


def acceptances(session: Session, check: Check) -> tuple[Row, ...]:
    """What of this check was accepted last, or taken back, as sql/history/accepted.sql has it?"""
    try:
        return session.rows("history/accepted", checks=[check.name, *check.formerly])
    except QueryFailed:
        return ()  # no history to read: nothing is accepted


def who(row: Row) -> str:
    """By whom, and when?"""
    return f"{row['by']} on {moment(row['created_at'])}"


def _settled(finding: Finding, row: Row, *, within: bool) -> Finding:
    if finding.status is not Status.WARNING:
        return finding
    accepted = f"accepted {number(row['count'])} by {who(row)}: {row['reason']}"
    if within:
        detail = f"{finding.detail}; accepted by {who(row)}: {row['reason']}"
        note = replace(finding, status=Status.OK, detail=detail, remedies=())
        return replace(note, accepted=accepted, found=finding.detail)
    detail = f"{finding.detail}; more than the {number(row['count'])} that {who(row)} accepted"
    return replace(finding, detail=detail, accepted=accepted)
