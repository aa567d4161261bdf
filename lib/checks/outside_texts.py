"""How long is a text that is not understood a warning, before it is unknown?

Earlier versions took a text at its tries. What one of them had proven right is a warning for some
days after the first verification of this one, so that there is time to review and to adopt it.
What is new, or changed, or of a database that no earlier version has seen, is unknown at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lib.core.context import Context, Verdict
from lib.core.errors import QueryFailed
from lib.core.results import CheckResult, Finding, Row, Status
from lib.db.database import Session, once
from lib.trials.texts.understood import Helper

_EARLIER = "; an earlier verification saw this, and no later try clears a text not understood"
NAME = "partition_watchtower_outside"  # the check_name of the row that lists what was outside
FUNCTION, TRIGGER = "function_not_understood", "trigger_not_understood"  # codes of findings
_DAYS = timedelta(days=14)


def eased(
    session: Session, context: Context, check: str, told: Iterable[tuple[Finding, str, str]]
) -> tuple[list[Finding], tuple[Row, ...]]:
    """What this check found; what an earlier version took of it is a warning for some days.

    `told` has each finding, the digest of its text, and the one by which earlier versions knew it.
    The second value is the table `outside` (definition), of which the history keeps the first one.
    """
    findings, taken = [], []
    for found, digest, earlier in told:
        asked = found.code in (FUNCTION, TRIGGER)
        began = _began(session, context, check, digest, earlier) if asked else None
        if began is not None and began + _DAYS > context.now:
            taken.append({"definition": digest})
            until = f"{(began + _DAYS).astimezone(UTC):%-d %b %Y}, and unknown from then on"
            days = f"an earlier version took it at its tries, so this is a warning until {until}"
            found = replace(found, status=Status.WARNING, detail=f"{found.detail}; {days}")
        findings.append(found)
    return findings, tuple(taken)


def passed(checks: Sequence[CheckResult]) -> list[str] | None:
    """Which texts are outside and a warning? None unless both checks of texts have read them."""
    read = [check.tables["outside"] for check in checks if "outside" in check.tables]
    return sorted({row["definition"] for table in read for row in table}) if read[1:] else None


def lasting(context: Context, tried: Verdict, *, understood: bool) -> Verdict:
    """What trying it proves. A text that is not understood, once proven wrong, stays wrong."""
    before = context.proven.get(tried.definition)
    if understood or before is None or before.behaves is not False:
        return tried
    detail = f"{before.finding.detail.removesuffix(_EARLIER)}{_EARLIER}"
    return replace(before, finding=replace(before.finding, detail=detail), trials=tried.trials)


def _began(
    session: Session, context: Context, check: str, digest: str, earlier: str
) -> datetime | None:
    """When did the days of this text begin? None where it has none."""
    try:
        (row,) = once(session, context, "checks/outside_texts", kind=NAME)
    except QueryFailed:
        return None
    if row["began"] is not None:
        return row["began"] if digest in row["texts"] else None
    # An earlier version's row does not get younger where none can be written now.
    if row["verified"] is None or row["verified"] + _DAYS <= context.now:
        return None
    return context.now if earlier in row["proven"] and check in row["calm"] else None


def bodies(calls: Iterable[Helper]) -> list[str]:
    """What a text calls, as earlier versions told it."""
    return [e.body for e in calls if e.language not in ("c", "internal") and "name" in e.reached]
