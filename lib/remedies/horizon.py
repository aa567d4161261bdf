"""Which months does a table live in, and which were only named by a stray row or partition?

No partition is made for a month more than AHEAD months from now, nor for one of the past with more
than APART months on either side of it that have neither a partition nor rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

AHEAD = 3  # as many as the maintenance routine makes beyond the current one
APART = 12  # the months of a year: a table's history may rest for so long
_LONGEST = 600  # months shown before and after the current one; 50 years
_OPEN = (1, 9000)  # no bound lies in these years, or beyond: it stands for none

Bounds = tuple[date, date]  # from the first to before the second


def wanted(months: Iterable[date], partitions: Iterable[Bounds], now: date) -> set[date]:
    """Which of these months is worth a partition? `now` is the current month.

    Each one that is lends its neighbours what it has: a history that lies in DEFAULT as a whole is
    one, however long it is.
    """
    known = [*partitions, (now, from_month(now, 1))]
    left = {month for month in months if month <= from_month(now, AHEAD)}
    found: set[date] = set()
    while near := {
        month for month in left if any(_between(month, *each) <= APART for each in known)
    }:
        found |= near
        left -= near
        known = [(month, from_month(month, 1)) for month in near]
    return found


def shown(partitions: Iterable[Bounds], now: date) -> list[date]:
    """Which months must or may be shown: from the first bound to the next month or the last bound?

    At most 50 years to either side; of what lies far ahead of all others, its own months alone.
    """
    known = sorted(partitions)
    starts = [low if low.year > _OPEN[0] else high for low, high in known]
    first = max(min([*starts, now]).replace(day=1), from_month(now, -_LONGEST))
    end, last = from_month(now, 2), from_month(now, _LONGEST)
    months = _months(first, end)
    for low, high in known:
        if low.year > _OPEN[0] and high.year < _OPEN[1] and high > end:
            near = _between(low, now, end) <= APART
            until = min(high, last if near else from_month(low, APART))
            months += _months(end if near else low, until)
            end = max(end, until) if near else end
    return sorted(set(months))


def from_month(month: date, count: int) -> date:
    """First day of the month so many months later, or earlier."""
    year, place = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(year, place + 1, 1)


def _between(month: date, low: date, high: date) -> int:
    """How many whole months lie between this one and those from `low` to before `high`?"""
    at, first, after = (each.year * 12 + each.month for each in (month, low, high))
    return max(first - at - 1, at - after, 0)


def _months(first: date, end: date) -> list[date]:
    months, month = [], first.replace(day=1)
    while month < end:
        months.append(month)
        month = from_month(month, 1)
    return months
