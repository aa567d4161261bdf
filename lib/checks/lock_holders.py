"""Who holds the lock that a check did not wait for? Asked once a run, where one met any."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import NamedTuple

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, decision
from lib.core.results import CheckResult, Row
from lib.db.database import Session
from lib.db.sql import literal, remark
from lib.remedies.unobserved import LOCK_HELD, LOCKED, LOCKED_TRY, reason

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
    """The results; where a lock was in the way, with who holds it, as far as that can be told.

    Raises: DatabaseUnreachable.
    """
    results = tuple(results)
    if not any(finding.code == LOCK_HELD for each in results for finding in each.findings):
        return results
    held = _held(session, [guard.relation for guard in context.guards])
    return tuple(_told(result, held, context.guards) for result in results)


def holder(session: Session) -> tuple[str, Remedies]:
    """Who holds it, in a clause, and what ends that; the usual words where nobody can be named.

    Raises: DatabaseUnreachable.
    """
    return _in_the_way(_held(session, []), ())


class _Holder(NamedTuple):
    """Who holds a lock on this table, or on a catalog where it is none, and what ends that?"""

    table: str | None
    words: str
    remedies: Remedies = ()


def _held(session: Session, relations: list[str]) -> list[_Holder]:
    try:
        found = session.rows("session/lock_holders", relations=[*relations, _HISTORY])
    except QueryFailed as error:
        return [_Holder(None, _ON_A_CATALOG)] if error.sqlstate == LOCK else []
    return [_named(row) for row in found]


def _named(row: Row) -> _Holder:
    asked, relation = row["asked"], remark(row["relation"])
    if row["gid"] is not None:
        words = (
            f"the prepared transaction {remark(row['gid'])} holds a lock on {relation}, and keeps "
            "it until somebody ends it, over restarts too"
        )
        how = "end it, as who prepared it, or keep what it did (commit prepared):"
        return _Holder(asked, words, decision(how, f"rollback prepared {literal(row['gid'])};"))
    whose = f"pid {row['pid']}, {remark(row['role'] or 'a role')}"
    on_a_catalog = f"another session ({whose}) holds a lock on {row['relation']}"
    return _Holder(asked, LOCKED if asked else on_a_catalog)


def _in_the_way(held: Iterable[_Holder], tables: Collection[str]) -> tuple[str, Remedies]:
    """The first that stands in the way of these tables, or of any where none are given."""
    for each in held:
        if each.table is None or not tables or each.table in tables:
            return each.words, each.remedies
    return LOCKED, ()


def _told(result: CheckResult, held: list[_Holder], guards: Iterable[Guard]) -> CheckResult:
    summary, findings = result.summary, []
    for finding in result.findings:
        tables = {  # that were read for it: its own, and the one that its key comes from
            f"{guard.schema}.{table}"
            for guard in guards
            if finding.subject
            in (guard.relation, guard.trigger, f"{guard.schema}.{guard.function}()")
            for table in (guard.table, guard.reference.table if guard.reference else guard.table)
        }
        words, ends = _in_the_way(held, tables)
        detail = finding.detail.replace(LOCKED, words)
        if words != LOCKED:
            detail = detail.replace(LOCKED_TRY, words)
        if detail != finding.detail:
            summary = summary.replace(finding.detail, detail)
            finding = replace(finding, detail=detail, remedies=ends or finding.remedies)
        findings.append(finding)
    return replace(result, findings=tuple(findings), summary=summary)
