"""Which rows are tried besides, one of each kind that a guard might make an exception of? Pure.

Of a text that was never seen nobody knows what it makes an exception of: rows of an hour or a day
of the week, of the last three days, keys ahead, ids, long texts. One row of each kind shows it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from lib.core.guards import Guard
from lib.trials.probe import FAR, Case

# Back by days and an hour: each hour, each day of the week and nearly each of the month comes once.
_STEP = timedelta(hours=25)
_TURNS = range(-13, 14)  # months from this one
_INSTANT = timedelta(microseconds=1)
_EDGES = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 12, tzinfo=UTC))
_STEPS = 32
_MONTHS = range(2, 14)
_KEYS_AHEAD = (1, 2, 13, -1, -2, -13)  # months from the right one
_FILLS = ("none", "some")


def sweep(guard: Guard, now: datetime, tried: list[Case]) -> list[Case]:
    """Of the first plain case with a wrong key: at other times, with other keys, ids and texts."""
    plain = [case for case in tried if case.expected and case.change is None]
    wrong = next((c for c in plain if c.given.get(guard.key) == FAR), None)
    if wrong is None:
        return []
    wrong = replace(wrong, name="a wrong key", tries="", zone="UTC", style="ISO, YMD")
    instant = now.astimezone(UTC).replace(second=0, microsecond=0)
    swept = [
        *(_at(guard, wrong, moment) for moment in _moments(instant)),
        *(_keyed(guard, wrong, key) for key in _keys(date.fromisoformat(wrong.expected[0]))),
        *(_named(guard, wrong, digit) for digit in "0123456789abcdef"),
    ]
    # One is filled in, the next is not: what they hold is tried with the other cases.
    mixed = [replace(case, fill=_FILLS[place % 2]) for place, case in enumerate(swept)]
    long = replace(wrong, said=f"{wrong.said}, other columns long", fill="long")
    return [*mixed, long]


def _moments(now: datetime) -> Iterator[datetime]:
    for step in range(_STEPS):
        yield now - step * _STEP
    for hours in (2, 6, 12, -1, -26, -24 * 8):
        yield now - timedelta(hours=hours)
    for months in _MONTHS:
        yield now - timedelta(days=30.4 * months)
    # A zone may be UTC in winter alone, and a rounded or shifted time be another month's.
    for months in _TURNS:
        turn = datetime.combine(_month(now.date(), months), time(), UTC)
        yield from (turn - _INSTANT, turn)
    yield from _EDGES


def _keys(right: date) -> Iterator[str]:
    """Of neighbouring months, a day of the right one, and the ends of time."""
    yield from (_month(right, months).isoformat() for months in _KEYS_AHEAD)
    yield f"{right:%Y-%m}-28"
    yield from ("9999-12-01", "0001-01-01", "infinity", "-infinity")


def _month(day: date, months: int) -> date:
    """First day of the month that is so many months from this day's."""
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def _at(guard: Guard, case: Case, moment: datetime) -> Case:
    what = f"{guard.key} {FAR}" if guard.reference is None else case.said
    said = f"{what} at {moment:%Y-%m-%d %H:%M:%S} UTC"
    right = (_month(moment.date(), 0).isoformat(),) if guard.reference is None else case.expected
    given = {**case.given, guard.clock: moment.isoformat()}
    return replace(case, said=said, given=given, expected=right)


def _keyed(guard: Guard, case: Case, key: str) -> Case:
    said = f"{guard.key} {key} {case.beside}"
    return replace(case, said=said, given={**case.given, guard.key: key})


def _named(guard: Guard, case: Case, digit: str) -> Case:
    """With an id that begins so; where ids are no uuids nobody could send such a row."""
    name = digit + str(uuid.uuid4())[1:]
    said = f"{case.said}, {guard.id} {digit}…"
    return replace(case, said=said, given={**case.given, guard.id: name})
