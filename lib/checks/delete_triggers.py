"""May a trigger keep a row that is to go, and so lose the update that moves it to another month?"""

from __future__ import annotations

from lib.core.context import Context, rows_of
from lib.core.findings import warning
from lib.core.remedies import by_hand
from lib.core.results import Finding
from lib.db.database import Session
from lib.db.sql import quoted
from lib.trials.texts.bodies import keeps_deleted

_MEANS = "The writer is told of 0 rows and of no error; the row keeps its time and its month."


def lost_moves(session: Session, context: Context) -> list[Finding]:
    """Which triggers keep what is deleted? Across partitions an update deletes and inserts.

    The guard itself is left out: guard_triggers says that it must not fire on delete.
    Source: PostgreSQL manual, "Overview of Trigger Behavior", on updates that move a row.
    """
    rows = session.rows(
        "checks/trigger_order_deletes", schemas=context.schemas, tables=context.tables
    )
    findings = []
    for guard in context.guards:
        own = rows_of(guard.table, rows)
        keeping = {row["trigger_name"] for row in own if keeps_deleted(row["body"])}
        if names := sorted(keeping - {guard.trigger}):
            headline = f"a trigger may undo updates that move rows of {guard.table}"
            detail = (
                f"{', '.join(names)} on {guard.relation} may keep a row that is deleted: then an "
                "update that moves a row to another month is lost without a word"
            )
            off = (f"alter table {guard.relation} disable trigger {quoted(n)};" for n in names)
            look = "look at what it returns for a delete, then perhaps switch it off"
            fix = by_hand(look, "\n".join(off), comment=True)
            findings.append(warning(guard.relation, "moves_lost", headline, detail, fix, _MEANS))
    return findings
