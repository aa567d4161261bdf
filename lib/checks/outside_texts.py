"""How long is a text that is not understood a warning, before it is unknown?

Earlier versions took a text at its tries. What one of them had proven right is a warning for some
days after the first verification of this one, so that there is time to review and to adopt it.
What is new, or changed, or of a database that no earlier version has seen, is unknown at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.results import Finding, Row, Status
from lib.core.values import written_moment
from lib.db.database import Session, once
from lib.trials.understood import Helper

_DAYS = 14
_NEWEST = 20  # rows of verifications: in some of them it may not have been observed


def eased(
    session: Session,
    context: Context,
    check: str,
    found: Finding,
    digest: str,
    earlier: str,
    kept: list[Row],
) -> Finding:
    """What this check found of a text; for some days a warning, where an earlier version took it.

    `earlier` is the digest by which earlier versions knew the text. Since when that is known goes
    into `kept`, for the table `outside` (definition, since), which the history keeps.
    """
    since = _known_since(session, context, check, digest, earlier)
    if since is None:
        return found
    kept.append({"definition": digest, "since": since.isoformat()})
    until = since + timedelta(days=_DAYS)
    if until <= context.now:
        return found
    detail = (
        f"{found.detail}; an earlier version took it at its tries, so this is a warning until "
        f"{until.astimezone(UTC):%-d %b %Y}, and unknown from then on"
    )
    return replace(found, status=Status.WARNING, detail=detail)


def _known_since(
    session: Session, context: Context, check: str, digest: str, earlier: str
) -> datetime | None:
    try:
        rows = once(session, context, "checks/outside_texts", most=_NEWEST)
    except QueryFailed:
        return None
    for row in rows:
        if row["since"] is None and earlier in row["proven"] and check in row["calm"]:
            return context.now
        since = written_moment((row["since"] or {}).get(digest))
        return None if since is None or since > context.now else since
    return None


def bodies(calls: Iterable[Helper]) -> list[str]:
    """What a text calls, as earlier versions told it."""
    return [e.body for e in calls if e.language not in ("c", "internal") and "name" in e.reached]
