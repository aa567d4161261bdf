"""What else does a repair of keys set off? Said in the repair itself, before anything is run."""

from __future__ import annotations

from datetime import datetime

from lib.checks.parameters import lists
from lib.core.context import Context, rows_of
from lib.core.guards import Guard
from lib.core.remedies import Remedies
from lib.db.database import Session, once
from lib.db.sql import quoted, remark
from lib.remedies.repairs import followers, repair_keys

_NAME = "checks/repair_triggers"


def observe(session: Session, context: Context) -> None:
    """Which triggers fire besides the guards? Read once a run."""
    once(session, context, _NAME, **lists(context, "triggers"))


def repair(context: Context, guard: Guard, since: datetime | None = None) -> Remedies:
    """Sets keys right, of the rows since then or of all history, and says what that sets off."""
    moved = [guard, *(other for other, _ in followers(guard, context.guards))]
    fires = "".join(
        f"-- this fires {remark(quoted(row['trigger_name']))} on {one.relation}"
        f" ({remark(row['function'])}) for each row that moves\n"
        for one in moved
        for row in rows_of(one.table, context.kept.get(_NAME, ()))
    )
    return repair_keys(guard, since, context.guards, fires)
