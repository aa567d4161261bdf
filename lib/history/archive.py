"""What did one run of the history find, word for word? Fetched when somebody opens it, and kept.

A page may not query: it asks, one run at a time is read, and a few are kept in mind. Only runs
that the history knows are read: a made-up address costs the database nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib.core.errors import DatabaseUnreachable, WatchtowerError
from lib.core.flight import SingleFlight
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
from lib.history.renamed import today

BUDGET_SECONDS = 5.0
_KEPT = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """What does the row hold? `report` of a verification, `answer` of the RPC's own row.

    `trouble` says why there is neither.
    """

    report: Report | None = None
    answer: Mapping[str, Any] | None = None
    trouble: str | None = None


class Archive:
    """The runs that somebody opened. `show` gets what changes in the snapshot."""

    def __init__(self, show: Callable[..., None]) -> None:
        self._show = show
        self._flight: SingleFlight[None] = SingleFlight(BUDGET_SECONDS + 1)
        self._opened: dict[str, Opened] = {}
        self._lost: set[str] = set()  # those that the database could not be reached for
        self.database: Database | None = None

    def want(self, run: str) -> None:
        """Read this run, if it is not there. Returns at once; ask again while another is read."""
        known = self._opened.get(run)
        if self.database is not None and (known is None or known.trouble):
            self._flight.join(lambda: self._read(run))

    def reached(self) -> None:
        """The database has answered: what it was not reached for before is asked for anew.

        What it answered with an error stays said, until that run can be read.
        """
        lost, self._lost = self._lost, set()
        for run in lost:
            self._opened.pop(run, None)
        if lost:
            self._show(opened=dict(self._opened))

    def _read(self, run: str) -> None:
        database = self.database
        if database is None:
            return
        self._lost.discard(run)
        try:
            found = opened(database, run)
        except DatabaseUnreachable as error:
            self._lost.add(run)
            found = Opened(trouble=str(error))
        except WatchtowerError as error:
            found = Opened(trouble=str(error))
        except Exception:
            _log.exception("A run of the history could not be opened")
            found = Opened(trouble="It could not be opened; the log says more.")
        if self._opened.pop(run, None) == found:
            self._opened[run] = found
            return  # whoever looks knows it, and asks again with whatever is shown anew
        self._opened[run] = found
        while len(self._opened) > _KEPT:
            del self._opened[next(iter(self._opened))]
        self._show(opened=dict(self._opened))


def opened(database: Database, run: str) -> Opened:
    """What does this row hold? Raises: QueryFailed, DatabaseUnreachable."""
    with database.session(BUDGET_SECONDS) as session, session.reading() as transaction:
        rows = transaction.rows("history/run", id=run)
    if not rows:
        return Opened(trouble="This run is not in the history any more.")
    row = rows[0]
    details = row["details"] if isinstance(row["details"], dict) else {}
    if row["check_name"] == RPC:
        return Opened(answer=details)
    return Opened(report=kept_report(row["created_at"], details))


def kept_report(at: datetime, details: Mapping[str, Any]) -> Report:
    """The report as it was kept: without what was observed, which a row does not hold."""
    drift, behind = details.get("drift"), _behind(details)
    return Report(
        checks=tuple(_check(each, behind) for each in _listed(details, "checks")),
        checked_at=at,
        duration_ms=_whole(details.get("duration_ms")),
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
            each["remedy"] if isinstance(each.get("remedy"), str) else None,
            behind=behind.get((name, str(each.get("subject")), str(each.get("detail"))), ()),
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


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
