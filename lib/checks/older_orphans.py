"""Do the events of before the window find their session?"""

from __future__ import annotations

from lib.checks import repair_triggers
from lib.checks.older_rows import Older
from lib.core.context import Context
from lib.core.results import Finding, Status
from lib.core.words import plural, span_of
from lib.remedies import repairs

LOST = ("first_lost", "last_lost")  # from when to when, where nothing more is known
UNJOINED = ("does not find its session", "do not find their session")
MEANS = "Reports that join on the month key lose these rows without a word."


def judge(older: Older, context: Context) -> list[Finding]:
    """Older rows are at most a warning."""
    guard = older.asked.guard
    lost = [
        *({"first": row["first_lost"], "last": row["last_lost"], **row} for row in older.astray),
        *({"first": row["first_seen"], "last": row["last_seen"], **row} for row in older.within),
    ]
    wrong = []
    if lost:
        window, when = plural(context.window_days, "day"), span_of(lost, "first", "last")
        which = f"{older.rows(lost)} of {guard.relation}, older than {window},"
        detail = f"{which} {UNJOINED[1]} ({when})"
        repair = repairs.repair_or_decide(guard, repair_triggers.repair(context, guard))
        code, headline = "older_row_unjoined", older.named(lost, *UNJOINED)
        relation, status = guard.relation, Status.WARNING
        wrong.append(Finding(relation, status, detail, repair, MEANS, code=code, headline=headline))
    whose = "finds its session"
    if guard.reference and guard.reference.outlives:
        whose = "that names a session which is there finds it"
    right = f"every older row of {guard.relation} {whose}"
    cheaply = f"of the older rows of {guard.relation} {older.coverage()}"
    if guard.partitioned:
        cheaply = (
            f"older rows of {guard.relation} outside their partition's month all find their "
            f"session; of the rest {older.coverage()}"
        )
    return older.told(context, wrong, right, cheaply)
