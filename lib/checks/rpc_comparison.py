"""What do our own readings of this run say of what an RPC answers for?"""

from __future__ import annotations

from lib.checks import guard_triggers, partition_coverage
from lib.core.context import Context
from lib.core.results import Status
from lib.remedies.missing import LAST_HOURS


def right_now(context: Context) -> bool:
    """Are the guards and the months, of which the RPC speaks, in order by our own reading?"""
    return guards_fire(context) is True and months_covered(context) is True


def guards_fire(context: Context) -> bool | None:
    """Do the guards fire, by our own reading? None where that was not observed."""
    result = guard_triggers.CHECK.seen(context)
    if result is None or result.status is Status.UNKNOWN:
        return None
    return result.status is not Status.CRITICAL


def months_covered(context: Context) -> bool | None:
    """Is each month covered that the RPC answers for: this one, and near its end the next?

    Of an older gap it does not speak. True where the run does not look at partitions at all.
    """
    result = partition_coverage.CHECK.seen(context)
    if result is None:
        return True
    needed = [context.month]
    if context.until_next_month <= LAST_HOURS:
        needed.append(context.next_month)
    guards = [guard for guard in context.guards if guard.partitioned]
    found = [partition_coverage.covered(context, each, m) for each in guards for m in needed]
    unseen = None in found and result.status is not Status.CRITICAL
    return None if unseen else all(found)
