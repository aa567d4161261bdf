"""Which periods does a table live in, and which were only named by a stray row or partition?

No partition is made for a period more than AHEAD from now, nor for one of the past with more than a
year on either side of it in which no period has a partition or rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lib.core.periods import Periods

AHEAD = 3  # as many as the maintenance routine makes beyond the current one
# The periods of a year: a table's history may rest for so long.
APART = {"day": 366, "week": 53, "month": 12, "quarter": 4, "year": 1}
_LONGEST = 600  # periods shown before and after the current one; 50 years of months
_OPEN = (1, 9000)  # no bound lies in these years, or beyond: it stands for none

Bounds = tuple[date, date]  # from the first to before the second


def wanted(
    asked: Iterable[date], partitions: Iterable[Bounds], now: date, periods: Periods
) -> set[date]:
    """Which of these is worth a partition? `now` is the current one.

    Each one that is lends its neighbours what it has: a history that lies in DEFAULT as a whole is
    one, however long it is.
    """
    apart = APART[periods.every]
    known = [*partitions, (now, periods.after(now))]
    left = {each for each in asked if each <= periods.after(now, AHEAD)}
    found: set[date] = set()
    while near := {
        each for each in left if any(_between(each, *span, periods) <= apart for span in known)
    }:
        found |= near
        left -= near
        known = [(each, periods.after(each)) for each in near]
    return found


def shown(partitions: Iterable[Bounds], now: date, periods: Periods) -> list[date]:
    """Which must or may be shown: from the first bound to the next period or the last bound?

    At most so many to either side; of what lies far ahead of all others, its own ones alone.
    """
    apart, known = APART[periods.every], sorted(partitions)
    starts = [low if low.year > _OPEN[0] else high for low, high in known]
    first = max(periods.start(min([*starts, now])), periods.after(now, -_LONGEST))
    end, last = periods.after(now, 2), periods.after(now, _LONGEST)
    found = periods.span(first, end)
    for low, high in known:
        if low.year > _OPEN[0] and high.year < _OPEN[1] and high > end:
            near = _between(low, now, end, periods) <= apart
            until = min(high, last if near else periods.after(low, apart))
            found += periods.span(end if near else low, until)
            end = max(end, until) if near else end
    return sorted(set(found))


def _between(period: date, low: date, high: date, periods: Periods) -> int:
    """How many whole ones lie between this one and those from `low` to before `high`?"""
    return max(periods.between(period, low) - 1, periods.between(high, period), 0)
