"""Who holds the lock that a check did not wait for? Asked once a run, where one met any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lib.checks.context import LOCKED, LOCKED_TRY, Context, reason
from lib.database import Session
from lib.errors import QueryFailed
from lib.results import CheckResult, Finding, Row
from lib.sql import literal, remark

LOCK = "55P03"
_ON_A_CATALOG = "another session holds a lock on a catalog of PostgreSQL, which every query reads"
_HISTORY = "public.watchtower_checks"


def unanswered(error: QueryFailed) -> str:
    """What is said where not even the first question, which reads no table, was answered?"""
    why = _ON_A_CATALOG if error.sqlstate == LOCK else reason(error)
    return f"The database lets this copy in and answers no question: {why}."


def named(
    session: Session, context: Context, results: Iterable[CheckResult]
) -> tuple[CheckResult, ...]:
    """The results; where a lock was in the way, with who holds it, as far as that can be told."""
    results = tuple(results)
    if not any(_met(finding) for each in results for finding in each.findings):
        return results
    words, remedy = holder(session, [guard.relation for guard in context.guards])
    return tuple(_told(result, words, remedy) for result in results)


def holder(session: Session, relations: list[str]) -> tuple[str, str | None]:
    """Who holds it, in a clause, and what ends that; the usual words where nobody can be named.

    Raises: DatabaseUnreachable.
    """
    try:
        with session.reading() as transaction:
            found = transaction.rows("session/lock_holder", relations=[*relations, _HISTORY])
    except QueryFailed as error:
        return (_ON_A_CATALOG if error.sqlstate == LOCK else LOCKED), None
    return _named(found[0]) if found else (LOCKED, None)


def _named(row: Row) -> tuple[str, str | None]:
    if row["gid"] is not None:
        gid, relation = remark(row["gid"]), remark(row["relation"])
        ends = f"rollback prepared {literal(row['gid'])};"
        return (
            f"the prepared transaction {gid} holds a lock on {relation}, and keeps it until "
            "somebody ends it, over restarts too",
            f"-- a decision, as who prepared it: or keep what it did, commit prepared\n{ends}",
        )
    if row["catalog"]:
        whose = f"pid {row['pid']}, {remark(row['role'] or 'a role')}"
        return f"another session ({whose}) holds a lock on {row['relation']}", None
    return LOCKED, None


def _met(finding: Finding) -> bool:
    return any(words in finding.detail for words in (LOCKED, LOCKED_TRY))


def _told(result: CheckResult, words: str, remedy: str | None) -> CheckResult:
    def told(finding: Finding) -> Finding:
        if not _met(finding) or words == LOCKED:
            return finding
        detail = finding.detail.replace(LOCKED, words).replace(LOCKED_TRY, words)
        return replace(finding, detail=detail, remedy=remedy or finding.remedy)

    findings = tuple(told(finding) for finding in result.findings)
    return replace(result, findings=findings, summary=result.summary.replace(LOCKED, words))
