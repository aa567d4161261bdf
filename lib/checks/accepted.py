"""Has an operator accepted the older rows that this check still finds?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks.wording import moment, number
from lib.database import Session
from lib.errors import QueryFailed
from lib.results import Finding, Row, Status

# Those whose warnings are about older rows, and nothing else.
ACCEPTABLE = ("wrong_month_sessions", "events_without_session", "null_keys")


def settle(
    session: Session, check: str, findings: tuple[Finding, ...], count: int, *, capped: bool
) -> tuple[Finding, ...]:
    """The findings, with what was accepted by name and reason turned into a note.

    `count` older rows were found; where they are `capped`, not counted to their end, nothing can
    be accepted. One row more than was accepted alarms again.
    """
    if not any(finding.status is Status.WARNING for finding in findings):
        return findings
    try:
        with session.reading() as transaction:
            rows = transaction.rows("history/accepted", check=check)
    except QueryFailed:
        return findings  # no history to read: nothing is accepted
    if not rows:
        return findings
    (row,) = rows
    within = count <= row["count"] and not capped
    return tuple(
        _settled(finding, row, within=within) if finding.status is Status.WARNING else finding
        for finding in findings
    )


def _settled(finding: Finding, row: Row, *, within: bool) -> Finding:
    who = f"{row['by']} on {moment(row['created_at'])}"
    accepted = f"accepted {number(row['count'])} by {who}: {row['reason']}"
    if within:
        detail = f"{finding.detail}; accepted by {who}: {row['reason']}"
        return replace(finding, status=Status.OK, detail=detail, remedy=None, accepted=accepted)
    detail = f"{finding.detail}; more than the {number(row['count'])} that {who} accepted"
    return replace(finding, detail=detail, accepted=accepted)
