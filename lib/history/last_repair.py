"""From which moment on must new rows be right: when were the guards last repaired? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.checks import CHECKS
from lib.core.context import Context
from lib.core.declaration import declared
from lib.core.results import Report, Status
from lib.history.history import History

# What keeps a key right, and what counts the keys that are not.
KEEPING = tuple(check.name for check in CHECKS if check.keeps_keys)
COUNTED = tuple(check.name for check in CHECKS if check.counts_keys)


@dataclass(frozen=True)
class LastRepair:
    """From which moment on must new rows be right?

    `seen`: the guards were found broken before, and right at that moment. Else nobody saw them
    broken, and it is the moment of the last wrong row.
    """

    at: datetime
    seen: bool


def last_repair(known: History, report: Report) -> LastRepair | None:
    """Since when are new rows worth counting by themselves? Within the report's window alone.

    None where the guards do not hold now, or nothing was wrong.
    """
    if report.status_of(*KEEPING) is Status.CRITICAL:
        return None
    start = Context(declared(), report.checked_at, report.window_days).since
    turned = known.repaired(*KEEPING)
    if turned is not None and turned >= start:
        return LastRepair(turned, seen=True)
    last = [
        row["last_seen"]
        for check in COUNTED
        for row in report[check].tables.get("radius", ())
        if row["last_seen"] and start <= row["last_seen"] <= report.checked_at
    ]
    return LastRepair(max(last) + timedelta(microseconds=1), seen=False) if last else None
