"""By which verification does a look go: the last that any process has left, or this one's own?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from lib.checks.standing import standing
from lib.core.context import Verdict
from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.results import CheckResult, Report, Status
from lib.core.values import written_moment
from lib.db.database import Session
from lib.history import proofs
from lib.history.archive import kept_report


@dataclass(frozen=True)
class Ground:
    """The verification that speaks until the next one, and what it has proven.

    `id` is its row's; one that is in no history has a name that no row bears. What changed after it
    `began` it need not have seen; that is the database's clock, to the second where a row says it.
    """

    id: str
    report: Report
    proven: Mapping[str, Verdict]
    began: datetime

    @classmethod
    def of(cls, report: Report) -> Ground:
        """One of this process's own."""
        own = report.row or f"own {report.checked_at}"
        return cls(own, report, proofs.proven(report.checks), report.checked_at)


def newest(session: Session, known: Ground | None) -> Ground | None:
    """The last verification of any process: the one that is known, where no later row is there.

    Raises: DatabaseUnreachable.
    """
    try:
        rows = session.rows("history/last", known="" if known is None else known.id)
    except QueryFailed:
        return known
    if not rows or not isinstance(rows[0]["details"], dict):
        return known
    (row,) = rows
    if known is not None and row["created_at"] <= known.report.checked_at:
        return known
    details = row["details"]
    report = replace(
        kept_report(row["created_at"], details), row=row["id"], catalogs=details.get("catalogs")
    )
    written: datetime = row["created_at"]  # where it does not say when it began, that is known
    began = min(written_moment(details.get("checked_at")) or written, written)
    return Ground(row["id"], report, proofs.from_json(details.get("proven")), began)


def stands(
    report: Report,
    ground: Ground | None,
    *,
    verifying: bool,
    last: Report | None = None,
    narrower: bool = False,
) -> Report:
    """The report with all that still stands of that verification, and of the `last` look.

    What that look saw to be critical stays where whatever came after it could not observe it; a
    `narrower` window than the usual one does not show all that is recent.
    """
    before: tuple[CheckResult, ...] = () if ground is None else ground.report.checks
    seen: tuple[CheckResult, ...] = () if last is None else last.checks
    newer = last is not None and (ground is None or last.checked_at > ground.report.checked_at)
    if not newer:
        before = standing(before, seen, verifying=True)
    read = frozenset(() if ground is None else ground.proven)
    checks = standing(report.checks, before, verifying=verifying, read=read, narrower=narrower)
    if newer:
        checks = standing(checks, seen, verifying=True)
    return replace(report, checks=checks)


def beside(
    session: Session,
    report: Report,
    before: Ground | None,
    last: Report | None,
    *,
    narrower: bool = False,
) -> Report:
    """A verification's report; where it could not observe all, with what was critical before."""
    if not narrower and all(check.status is not Status.UNKNOWN for check in report.applying):
        return report
    with suppress(DatabaseUnreachable):  # then it is the one that this process knows
        before = newest(session, before)
    return stands(report, before, verifying=True, last=last, narrower=narrower)
