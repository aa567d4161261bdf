"""Does a refresh see that something changed since the last verification? Then one is wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lib.core.results import Report, Status
from lib.history.ground import Ground

_Seen = tuple[str | None, frozenset[tuple[str, bool]]]


class Changes:
    """What this copy has asked to be verified, so that it asks no second time for the same."""

    def __init__(self) -> None:
        self._asked: _Seen | None = None
        self._at = datetime.min.replace(tzinfo=UTC)

    def wanted(self, report: Report, ground: Ground) -> bool:
        """Is a verification wanted? Not where one began after that was seen, and found otherwise.

        One that began before it and ended after it may not have seen the change.
        """
        seen = _differs(report, ground.report)
        if seen != self._asked:
            self._asked = seen
            self._at = report.checked_at + timedelta(milliseconds=report.duration_ms)
        return seen is not None and ground.began <= self._at


def _differs(report: Report, last: Report) -> _Seen | None:
    """What stands otherwise than in that verification: definitions, or whether a check is fine?"""
    mark, then = report.catalogs, last.catalogs
    same = not mark or not then or mark == then or _kind(mark) != _kind(then)
    doubts = doubted(report, last)
    return None if same and not doubts else (None if same else mark, doubts)


def doubted(report: Report, last: Report) -> frozenset[tuple[str, bool]]:
    """Of which checks does this refresh say something else than the verification, and what?"""
    known = {check.check: check.status >= Status.UNKNOWN for check in last.applying}
    return frozenset(
        (check.check, wrong)
        for check in report.applying
        if (wrong := check.status >= Status.UNKNOWN) != known.get(check.check, wrong)
    )


def _kind(mark: str) -> str:
    return mark.partition(":")[0]
