"""How does an operator accept older wrong rows that will stay as they are?"""

from __future__ import annotations

import json

from lib.checks.accepted import ACCEPTABLE
from lib.database import Database
from lib.history.history import ACCEPTED

CHECK_NAME = ACCEPTED
CHECKS = ACCEPTABLE


def accept(database: Database, check: str, *, count: int, reason: str, by: str) -> None:
    """Keep one history row: up to `count` older rows of this check are known and stay.

    The last acceptance of a check holds; a count of 0 takes it back.
    Raises: DatabaseUnreachable, QueryFailed.
    """
    details = {"check": check, "count": count, "reason": reason, "by": by}
    with database.session(9.0) as session, session.writing() as transaction:
        transaction.rows(
            "history/record", check_name=CHECK_NAME, ok=True, details=json.dumps(details)
        )
