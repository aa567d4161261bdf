"""Which rows are tried besides: of each usual kind, and around what the text compares with? Pure.

What a text that is understood makes of the key hangs on the clock, the key that was sent, and on
what is looked up. So it is tried around each interval, day and number that it names, over the whole
range of each field of a moment, and with every day of the month as the key.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle

from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.periods import MONTHS, Periods
from lib.trials.probe import Case, Sample, cases, far
from lib.trials.texts.understood import Reading
from lib.trials.writers import widened

# Back by days and an hour: each hour, each day of the week and nearly each of the month comes once.
_STEP = timedelta(days=1, hours=1, minutes=7, seconds=11)
_STEPS = 32
_TURNS = range(-13, 14)  # periods from this one
_INSTANT, _DAY = timedelta(microseconds=1), timedelta(days=1)
_EDGES = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 12, tzinfo=UTC))
_NEAR = (0.5, 1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 360, 720)  # minutes, late and ahead
_YEARS_BACK = range(1, 10)
_KEYS_AHEAD = (1, 2, 3, 6, 12, 13, -1, -2, -3, -6, -12, -13)  # months from the right one
_HALF_A_DAY = timedelta(hours=12)
_MOVES = (timedelta(seconds=1), timedelta(minutes=10), timedelta(hours=3), _DAY, _DAY * 7)
_FILLS = ("none", "some")
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800,
          "month": 2629800, "year": 31557600}  # fmt: skip
_INTERVAL = re.compile(rf"(-?\d+(?:\.\d+)?)\s*({'|'.join(_UNITS)})s?\b", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,3}):(\d\d)(?::(\d\d))?\Z")
# The fields of a moment, as EXTRACT and to_char name them, and how far apart their values lie.
_FIELDS = (
    (r"second|ss", timedelta(seconds=1.5), 60),
    (r"minute|mi", timedelta(seconds=59), 62),
    (r"hour|hh(?:12|24)?|am|pm", timedelta(minutes=53), 30),
    (r"dow|isodow|day|d|id|dy", timedelta(hours=21), 10),
    (r"day|dd|w|week", timedelta(hours=23), 36),
    (r"week|ww|iw|month|mm|mon|quarter|q", timedelta(days=5), 76),
    (r"doy|ddd|iddd", timedelta(hours=23.9), 372),
    (r"year|isoyear|y{1,4}|i{1,4}y*|decade|century|millennium", timedelta(days=361), 24),
)
_MOST_NUMBER = 4000  # larger ones count nothing that a clock shows


def wanted(
    guard: Guard,
    context: Context,
    samples: list[Sample],
    readings: Collection[Reading],
    spare: Iterable[str] = (),
) -> list[Case]:
    """Every case for this guard, in all surroundings, and around the constants of doubtful texts.

    Where nothing is read all that fires is known, and makes no exception of its own. What is
    understood makes none that hangs on a constant, an even text none by the key that is sent.
    """
    tried = cases(guard, context.now, samples)
    doubtful = [each for each in readings if each.doubtful(guard.key)]
    even = not doubtful and all(each.even for each in readings)
    compared = [word for each in doubtful for word in each.compared]
    wider = widened(guard, tried, compared, spare)
    if not readings:
        return wider
    return [*wider, *_around(guard, context.now, tried, compared, even=even)]


def _around(
    guard: Guard, now: datetime, tried: list[Case], compared: Iterable[str], *, even: bool
) -> list[Case]:
    """Of the first plain case with a wrong key: at other times, with other keys, ids and texts.

    `compared` are the constants of the text. An `even` one makes no exception (Reading): at the
    turns of months and far from now is enough.
    """
    plain = [case for case in tried if case.expected and case.change is None]
    wrong = next((c for c in plain if c.given.get(guard.key) == far(guard)), None)
    if wrong is None:
        return []
    wrong = wrong._replace(name="a wrong key", tries="", zone="UTC", style="ISO, YMD")
    constants, instant = list(dict.fromkeys(compared)), now.astimezone(UTC).replace(microsecond=0)
    if even:
        moments = dict.fromkeys(_far(guard.keys, instant))
        return [_at(guard, wrong, moment, far(guard)) for moment in moments]
    usual = dict.fromkeys(_usual(guard.keys, instant))
    named = dict.fromkeys(_compared(instant, [w for w in constants if not w.isdecimal()]))
    near = dict.fromkeys(_compared(instant, constants, fields=True))
    days = [day for word in constants if (day := _moment(word)) is not None]
    keys = list(_keys(guard.keys, _period(guard, wrong), instant.date()))
    written = guard.keys.written
    swept = [
        *(_at(guard, wrong, at, _sent(guard, at, n)) for n, at in enumerate([*usual, *near])),
        *(_at(guard, wrong, at, key) for at in named for key in _all_sent(guard, at)),
        *(_keyed(guard, wrong, key) for key in [*keys, *(written(day.date()) for day in days)]),
        *(_named(guard, wrong, digit) for digit in "0123456789abcdef"),
        *_changed(guard, wrong, instant, [*list(usual)[::8], *list(near)[::20], *list(named)[::2]]),
    ]
    # One is filled in, the next is not: what they hold is tried with the other cases.
    mixed = [case._replace(fill=fill) for case, fill in zip(swept, cycle(_FILLS), strict=False)]
    long = wrong._replace(said=f"{wrong.said}, other columns long", fill="long")
    return [*mixed, long]


def _usual(keys: Periods, now: datetime) -> Iterator[datetime]:
    """Late and ahead by minutes, days, months and years; leap days; the turns of months."""
    for step in range(_STEPS):
        yield now - step * _STEP
    for minutes in _NEAR:
        yield from (now - timedelta(minutes=minutes), now + timedelta(minutes=minutes))
    for second in range(0, 60, 7):
        yield now.replace(second=second, microsecond=500_000)
    for hours in (0, -26, -24 * 8):
        yield now.replace(minute=0, second=0) - timedelta(hours=hours)
    for months in range(2, 14):
        yield now - timedelta(days=30.4 * months)
    yield from _far(keys, now)


def _far(keys: Periods, now: datetime) -> Iterator[datetime]:
    """Years back; leap days; the turns of months and of the keys' own periods."""
    for years in _YEARS_BACK:
        yield now - timedelta(days=365.25 * years, hours=years)
    leap = now.year - now.year % 4
    for day in (date(leap, 2, 29), date(leap, 12, 31)):
        yield datetime.combine(day, time(9, 41, 13), UTC)
    # A zone may be UTC in winter alone, and a rounded or shifted time be another month's.
    for periods in (MONTHS, keys) if keys.every != "month" else (keys,):
        for count in _TURNS:
            turn = periods.begins(periods.after(periods.at(now), count))
            yield from (turn - _INSTANT, turn)
    yield from _EDGES


def _compared(now: datetime, constants: list[str], *, fields: bool = False) -> Iterator[datetime]:
    """On either side of each interval, day and number, and through each of `fields` asked for."""
    for word in constants:
        if (moment := _moment(word)) is not None:
            for off in (_INSTANT, timedelta(seconds=1), timedelta(hours=1), _DAY, _DAY * 14):
                yield from (moment - off, moment, moment + off)
        if (day := _CLOCK.match(word)) and int(day[1]) < 24 and int(day[2]) < 60:
            at = now.replace(hour=int(day[1]), minute=int(day[2]), second=int(day[3] or 0) % 60)
            yield from (at - _INSTANT, at, at + timedelta(seconds=5))
        for gap in _gaps(word):
            for off in (timedelta(0), timedelta(seconds=2), timedelta(minutes=3), _DAY):
                yield from (now - gap - off, now - gap + off, now + gap - off, now + gap + off)
            yield from (now - gap / 2, now + gap / 2)
    told = [word.strip().lower() for word in constants if fields]
    for names, step, count in _FIELDS:
        asked = re.compile(rf"(?<![a-z])(?:{names})(?![a-z])")
        if any(asked.search(word) for word in told if len(word) <= 30):
            start = now - step * (count - 1)
            yield from (start + step * n for n in range(count))


def _gaps(word: str) -> Iterator[timedelta]:
    """How far from now may this word mean, as an interval or as a number of anything?"""
    parts = [(float(n), unit.lower()) for n, unit in _INTERVAL.findall(word)]
    seconds = sum(abs(n) * _UNITS[unit] for n, unit in parts)
    if match := _CLOCK.match(word):
        seconds += 3600 * int(match[1]) + 60 * int(match[2]) + int(match[3] or 0)
    if seconds:
        yield timedelta(seconds=min(seconds, 1e9))
    elif word.isdecimal() and 0 < int(word) <= _MOST_NUMBER:
        yield from (timedelta(seconds=min(int(word) * size, 1e9)) for size in _UNITS.values())


def _moment(word: str) -> datetime | None:
    """Which day or moment does it name, UTC? A year is the middle of it."""
    try:
        if re.fullmatch(r"(?:19|20)\d\d", word):
            return datetime(int(word), 6, 15, tzinfo=UTC)
        moment = datetime.fromisoformat(word) if len(word) > 7 else None
    except ValueError:
        return None
    if moment is None or not 1900 < moment.year < 2200:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sent(guard: Guard, moment: datetime, place: int) -> str | None:
    """One of these, in turn."""
    return _all_sent(guard, moment)[place % 7]


def _all_sent(guard: Guard, moment: datetime) -> tuple[str | None, ...]:
    """What a writer may send with such a row: its own day, none, that of its neighbours, any."""
    day, keys = moment.date(), guard.keys
    period = keys.start(day)
    return (
        far(guard),
        keys.written(day),
        keys.written(day + _DAY),
        keys.written(keys.after(period)),
        None,
        keys.written(day - _DAY),
        keys.written(keys.after(period, -1)),
    )


def _period(guard: Guard, case: Case) -> date:
    """The period of the key that is right for it."""
    return guard.keys.start(guard.keys.bound(case.expected[0]) or date.min)


def _keys(keys: Periods, right: date, today: date) -> Iterator[str]:
    """Of neighbouring periods, every day of the right one, those around today, the ends of time."""
    yield from (keys.written(keys.after(right, count)) for count in _KEYS_AHEAD)
    if keys.kind == "int":
        yield from ("0", "-1", "1", "99", "999999")
        return
    yield from (keys.written(right + _DAY * n) for n in range(31))
    yield from (keys.written(today + _DAY * n) for n in (-1, 0, 1))
    yield from (*map(keys.written, (date(9999, 12, 1), date.min)), "infinity", "-infinity")


def _changed(guard: Guard, case: Case, now: datetime, times: Iterable[datetime]) -> Iterator[Case]:
    """Updates of a right row: of the key alone, of the clock alone, of both."""
    keys, right, own = guard.keys, _period(guard, case), case.expected[0]
    row = {**case.given, guard.key: own}
    for key in list(_keys(keys, right, now.date()))[::2]:
        said = f"{guard.key} {own} {case.beside}, then {guard.key} {key}"
        yield _update(case, row, {guard.key: key}, said)
    if guard.reference is not None:
        return
    turn = keys.begins(right)
    middle = turn + min(_DAY * 9, (keys.begins(keys.after(right)) - turn) / 2) + _HALF_A_DAY
    steps = [step * sign for step in _MOVES for sign in (1, -1)]
    moves = [(start, start + step) for start in (middle, turn, turn - _INSTANT) for step in steps]
    later = [*((middle, at) for at in times), *((at, at) for at in times)]
    for place, (start, moment) in enumerate([*moves, *later]):
        first, month = map(keys.key_of, (start, moment))
        before = {**row, guard.clock: start.isoformat(), guard.key: first}
        moved = {guard.clock: moment.isoformat()} if moment != start else {}
        alone = moved and place % 3 == 0
        change = moved if alone else {**moved, guard.key: _sent(guard, moment, place)}
        to = ", ".join(f"{name} {value}" for name, value in change.items())
        said = f"{guard.key} {first} at {start:%Y-%m-%d %H:%M:%S} UTC, then {to}"
        yield _update(case._replace(expected=(month,)), before, change, said)


def _update(
    case: Case, row: Mapping[str, str | None], change: Mapping[str, str | None], said: str
) -> Case:
    return case._replace(name="then changed", said=said, given=row, change=change, may_refuse=True)


def _at(guard: Guard, case: Case, moment: datetime, key: str | None) -> Case:
    what = f"{guard.key} {key or 'null'}"
    if guard.reference is not None:
        what = f"{what} {case.beside}"
    said = f"{what} at {moment:%Y-%m-%d %H:%M:%S} UTC"
    right = (guard.keys.key_of(moment),) if guard.reference is None else case.expected
    given = {**case.given, guard.clock: moment.isoformat(), guard.key: key}
    return case._replace(said=said, given=given, expected=right)


def _keyed(guard: Guard, case: Case, key: str) -> Case:
    said = f"{guard.key} {key} {case.beside}"
    return case._replace(said=said, given={**case.given, guard.key: key})


def _named(guard: Guard, case: Case, digit: str) -> Case:
    """With an id that begins so; where ids are no uuids nobody could send such a row."""
    name = digit + str(uuid.uuid4())[1:]
    said = f"{case.said}, {guard.id} {digit}…"
    return case._replace(said=said, given={**case.given, guard.id: name})
