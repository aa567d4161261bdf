"""What did one run of the history find, word for word?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib.core import remedies
from lib.core.results import (
    NOT_APPLICABLE,
    STATUSES,
    CheckResult,
    Finding,
    Report,
    Status,
    not_applicable,
)
from lib.db.database import Database
from lib.history.history import RPC
from lib.history.renamed import rows_today, today

BUDGET_SECONDS = 5.0


@dataclass(frozen=True)
class Opened:
    """What does the row hold? `report` of a verification, `answer` of the RPC's own row.

    `trouble` says why there is neither.
    """

    report: Report | None = None
    answer: Mapping[str, Any] | None = None
    trouble: str | None = None


def opened(database: Database, run: str) -> Opened:
    """What does this row hold? Raises: QueryFailed, DatabaseUnreachable."""
    with database.session(BUDGET_SECONDS) as session:
        rows = session.rows("history/run", id=run)
    if not rows:
        return Opened(trouble="This run is not in the history any more.")
    row = rows[0]
    details = row["details"] if isinstance(row["details"], dict) else {}
    if row["check_name"] == RPC:
        return Opened(answer=details)
    return Opened(report=kept_report(row["created_at"], details))


def kept_report(at: datetime, details: Mapping[str, Any]) -> Report:
    """The report as it was kept: without what was observed, which a row does not hold."""
    drift, took, behind = details.get("drift"), details.get("duration_ms"), _behind(details)
    return Report(
        checks=tuple(_check(each, behind) for each in _listed(details, "checks")),
        checked_at=at,
        duration_ms=took if isinstance(took, int) else 0,
        window_days=0,
        drift=drift if isinstance(drift, dict) else None,
        who=str(details.get("who") or ""),
        face=str(details.get("face") or ""),
        demo=details.get("demo") is True,
    )


def _behind(details: Mapping[str, Any]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Behind which subjects do findings of an earlier run stand? By check, subject and words."""
    return {
        (today(str(each.get("check"))), str(each.get("subject")), str(each.get("detail"))): tuple(
            map(str, each["behind"])
        )
        for each in _listed(details, "stands")
        if isinstance(each.get("behind"), list)
    }


def _check(
    kept: Mapping[str, Any], behind: Mapping[tuple[str, ...], tuple[str, ...]]
) -> CheckResult:
    name = today(str(kept.get("check") or ""))
    if kept.get("status") == NOT_APPLICABLE:
        return not_applicable(name, str(kept.get("summary") or ""))
    findings = tuple(
        Finding(
            str(each.get("subject") or ""),
            _status(each.get("status")),
            str(each.get("detail") or ""),
            remedies.from_json(each.get("remedies"), each.get("remedy")),
            behind=behind.get((name, str(each.get("subject")), str(each.get("detail"))), ()),
            code=str(each.get("code") or ""),
            headline=str(each.get("headline") or ""),
            **rows_today(each),
        )
        for each in _listed(kept, "findings")
    )
    if not findings:
        findings = (Finding("", _status(kept.get("status")), str(kept.get("summary") or "")),)
    return CheckResult(name, findings, str(kept.get("summary") or ""))


def _listed(kept: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = kept.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _status(word: object) -> Status:
    return STATUSES.get(str(word), Status.UNKNOWN)
