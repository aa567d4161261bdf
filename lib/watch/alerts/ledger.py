"""What was said before, and who says the next? Rows of the history; one copy gets to write each.

A row's id is made of the one before it and of what is said, so that two copies that would say the
same make the same row, and only one of them has made it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

from lib.core.errors import QueryFailed
from lib.core.results import STATUSES, Row, Status
from lib.core.values import written_moment
from lib.db.database import Database, Transaction
from lib.history.history import ALERT
from lib.history.renamed import today
from lib.watch.alerts.rules import Event, Kind, Said

BUDGET_SECONDS = 5.0
DROPPED = "02000"  # no data
# There is no table, no right to it, only a standby, or it drops what it takes: it will not pass.
NO_HISTORY = frozenset({"42P01", "42501", "42703", "25006", DROPPED})
_KINDS = ("open", "more", "reminder", "recovery")
_SKEW = timedelta(minutes=1)
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, ALERT)

Decide = Callable[[Said | None], Event | None]


class Ledger(Protocol):
    """Where is it kept what was said?"""

    def last(self) -> Said | None:
        """What was said last."""

    def claim(self, decide: Decide) -> tuple[Event, Said] | None:
        """What this copy is to say, and has noted that it does; None: nothing, or another does."""


class Rows:
    """The history's rows, for all copies. Raises: QueryFailed without one, DatabaseUnreachable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> Said | None:
        """What any copy said last."""
        with self._database.session(BUDGET_SECONDS) as session, session.reading() as transaction:
            return _last(transaction)

    def claim(self, decide: Decide) -> tuple[Event, Said] | None:
        """Decide by what was said last, with no other copy at it; note it, and only then say it.

        A copy that dies before it has said it leaves it unsaid: better than twice.
        """
        with self._database.session(BUDGET_SECONDS) as session:
            with session.writing() as transaction:
                if not transaction.rows("schedule/claim", key=ALERT)[0]["free"]:
                    return None
                before = _last(transaction)
                event = decide(before)
                if event is None:
                    return None
                noted = _following(before, event, datetime.now(UTC))
                rows = transaction.rows(
                    "alerts/record",
                    id=str(noted.id),
                    ok=event.kind == "recovery",
                    details=json.dumps(_details(noted, event)),
                )
            kept = session.rows("schedule/done", id=str(noted.id))[0]["done"]
        if not kept:
            raise QueryFailed("alerts/record", DROPPED, "the history drops the alerts' rows")
        return (event, noted) if rows else None


class Memory:
    """This copy's own, where there is no history: then every copy speaks for itself."""

    def __init__(self) -> None:
        self._said: Said | None = None

    @property
    def open(self) -> bool:
        """Has this copy said that something is wrong, and not yet that it is over?"""
        return self._said is not None and self._said.open

    def last(self) -> Said | None:
        """What this copy said last."""
        return self._said

    def claim(self, decide: Decide) -> tuple[Event, Said] | None:
        """What is to be said; it always falls to this copy."""
        event = decide(self._said)
        if event is None:
            return None
        self._said = _following(self._said, event, event.run.at)  # by the database's clock
        return event, self._said


def _last(transaction: Transaction) -> Said | None:
    rows = transaction.rows("alerts/last")
    return _said(rows[0]) if rows else None


def _following(before: Said | None, event: Event, now: datetime) -> Said:
    """What is known once this is said."""
    own = uuid.uuid5(_NAMESPACE, f"{before.id if before else 'first'} {event.kind}")
    since = before.since if before is not None and before.open else event.run.at
    return Said(own, event.kind, now, since, event.wrong)


def _details(noted: Said, event: Event) -> dict[str, Any]:
    return {
        "kind": noted.kind,
        "since": noted.since.isoformat(),
        "run": event.run.id,
        "at": event.run.at.isoformat(),
        "checks": {check: status.word for check, status in noted.checks.items()},
    }


def _said(row: Row) -> Said:
    """The row as it was written. What cannot be read of it is as if nothing had been wrong then."""
    checks = row["checks"] if isinstance(row["checks"], Mapping) else {}
    at = _when(row)
    return Said(
        uuid.UUID(str(row["id"])),
        cast(Kind, row["kind"]) if row["kind"] in _KINDS else "recovery",
        at,
        written_moment(row["since"]) or at,
        {
            today(str(check)): STATUSES.get(str(word), Status.UNKNOWN)
            for check, word in checks.items()
        },
    )


def _when(row: Row) -> datetime:
    """When was it said? Dated by a clock that ran ahead, it would silence everybody until then.

    So it counts as said with its run, and at the latest a moment ago.
    """
    latest: datetime = row["now"] + _SKEW
    known = (moment for moment in (row["created_at"], written_moment(row["at"])) if moment)
    return next((moment for moment in known if moment <= latest), row["now"] - _SKEW)
