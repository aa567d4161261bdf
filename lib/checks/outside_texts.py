"""How long is a text that is not understood a warning, before it is unknown?

Earlier versions took a text at its tries. What one of them had proven right is a warning for some
days after the first verification of this one, so that there is time to review and to adopt it.
What is new, or changed, or of a database that no earlier version has seen, is unknown at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.results import CheckResult, Finding, Row, Status
from lib.db.database import Session, once
from lib.trials.understood import Helper

NAME = "partition_watchtower_outside"  # the check_name of the row that lists what was outside
_DAYS = timedelta(days=14)
_READERS = 2  # guard_functions and trigger_order


def eased(
    session: Session,
    context: Context,
    check: str,
    found: Finding,
    digest: str,
    earlier: str,
    taken: list[str],
) -> Finding:
    """What this check found of a text; for some days a warning, where an earlier version took it.

    `earlier` is the digest by which earlier versions knew the text. One that is a warning joins
    `taken`, which becomes the table `outside` of the check; the history keeps the first ones.
    """
    began = _began(session, context, check, digest, earlier)
    if began is None or began + _DAYS <= context.now:
        return found
    taken.append(digest)
    detail = (
        f"{found.detail}; an earlier version took it at its tries, so this is a warning until "
        f"{(began + _DAYS).astimezone(UTC):%-d %b %Y}, and unknown from then on"
    )
    return replace(found, status=Status.WARNING, detail=detail)


def rows(taken: Iterable[str]) -> tuple[Row, ...]:
    """The table `outside` (definition) of a check that has read texts."""
    return tuple({"definition": digest} for digest in taken)


def passed(checks: Sequence[CheckResult]) -> list[str] | None:
    """Which texts are outside and a warning? None where a check did not read them."""
    read = [check.tables["outside"] for check in checks if "outside" in check.tables]
    if len(read) < _READERS:
        return None
    return sorted({row["definition"] for table in read for row in table})


def _began(
    session: Session, context: Context, check: str, digest: str, earlier: str
) -> datetime | None:
    """When did the days of this text begin? None where it has none."""
    try:
        row = once(session, context, "checks/outside_texts", kind=NAME)[0]
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
