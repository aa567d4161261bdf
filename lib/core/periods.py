"""Which periods do keys stand for, and how is one written? Days, weeks, months, quarters, years.

A period is known by its first day everywhere. What PostgreSQL holds, a date, a moment or a number,
is made of it, and read back, here alone. Weeks are those of ISO 8601 and begin on Monday.
Source: PostgreSQL manual, "Data Type Formatting Functions".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Every = Literal["day", "week", "month", "quarter", "year"]
Kind = Literal["date", "timestamptz", "int"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_STEP = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months",
         "year": "1 year"}  # fmt: skip
# As to_char() and strftime() write a number, and the end of a partition's name.
_NUMBER = {"day": "YYYYMMDD", "week": "IYYYIW", "month": "YYYYMM", "quarter": "YYYYQ",
           "year": "YYYY"}  # fmt: skip
_NAME = {"day": "YYYY_MM_DD", "week": 'IYYY"_w"IW', "month": "YYYY_MM", "quarter": 'YYYY"_q"Q',
         "year": "YYYY"}  # fmt: skip
_UNIT = {"day": 10000, "week": 100, "month": 100, "quarter": 10, "year": 1}  # a year in a number
_MOMENT = "YYYY-MM-DD HH24:MI:SS.US+00"
_LAST_HOURS = {"day": 6, "week": 24}  # before a period begins; of longer ones 72
_MONTH_DAYS = {"month": (28, 31), "quarter": (89, 92), "year": (365, 366)}


@dataclass(frozen=True)
class Periods:
    """Every such period in this zone, as keys of this kind.

    An `exact` key is the clock's own value: these are the periods of its partitions then. Where
    keys `of` shorter periods lie in them, these are their partitions' as well.
    """

    every: Every = "month"
    zone: str = "UTC"
    kind: Kind = "date"
    exact: bool = False
    of: Every | None = None

    @property
    def noun(self) -> str:
        """One of them in a sentence."""
        return self.every

    @property
    def key_noun(self) -> str:
        """Such a key in a sentence: "a wrong month key"."""
        return "time key" if self.exact else f"{self.noun} key"

    @property
    def last_hours(self) -> timedelta:
        """How long before the next one begins is it late to have nothing for it?"""
        return timedelta(hours=_LAST_HOURS.get(self.every, 72))

    def at(self, moment: datetime) -> date:
        """The period of this moment."""
        return self.start(moment.astimezone(ZoneInfo(self.zone)).date())

    def start(self, day: date) -> date:
        """The first day of this day's period."""
        return self._of(self._number(day))

    def after(self, period: date, count: int = 1) -> date:
        """So many periods later, or earlier; the first or last day there is where there is none."""
        return self._of(self._number(period) + count)

    def between(self, low: date, high: date) -> int:
        """How many periods lie from the one to the other?"""
        return self._number(high) - self._number(low)

    def begins(self, period: date) -> datetime:
        """When does it begin? UTC."""
        try:
            return datetime.combine(period, time(), ZoneInfo(self.zone)).astimezone(UTC)
        except OverflowError:
            return datetime.combine(period, time(), UTC)

    def span(self, first: date, end: date) -> list[date]:
        """From the first one's period to before the end."""
        found, period = [], self.start(first)
        while period < end:
            found.append(period)
            if (later := self.after(period)) == period:
                break
            period = later
        return found

    def _number(self, day: date) -> int:
        if self.every in _DAYS:
            return (day.toordinal() - 1) // _DAYS[self.every]  # 0001-01-01 was a Monday
        return (day.year * 12 + day.month - 1) // _MONTHS[self.every]

    def edge(self, day: date) -> str:
        """The key of this day, of which the first and the last there is stand for what is open."""
        if day not in (date.min, date.max):
            return self.written(day)
        beyond = (-(2**63), 2**63 - 1) if self.kind == "int" else ("-infinity", "infinity")
        return str(beyond[day == date.max])

    def _of(self, number: int) -> date:
        try:
            if self.every in _DAYS:
                return date.fromordinal(number * _DAYS[self.every] + 1)
            year, month = divmod(number * _MONTHS[self.every], 12)
            return date(year, month + 1, 1)
        except (ValueError, OverflowError):
            return date.min if number <= 0 else date.max

    def words(self, period: date) -> str:
        """December 2026; 3 December 2026; week 49 of 2026; Q4 2026; 2026."""
        match self.every:
            case "day":
                return f"{period:%-d %B %Y}"
            case "week":
                year, week, _ = period.isocalendar()
                return f"week {week} of {year}"
            case "month":
                return f"{period:%B %Y}"
            case "quarter":
                return f"Q{(period.month + 2) // 3} {period.year}"
        return str(period.year)

    def short(self, period: date) -> str:
        """The same where there is little room."""
        match self.every:
            case "day":
                return f"{period:%-d %b %Y}"
            case "week":
                year, week, _ = period.isocalendar()
                return f"{year} W{week:02}"
            case "month":
                return f"{period:%b %Y}"
        return self.words(period)

    def label(self, period: date) -> str:
        """The same below a chart, where its neighbour told the year."""
        match self.every:
            case "day":
                return f"{period:%-d %b}"
            case "week":
                return f"W{period.isocalendar().week}"
            case "month":
                return f"{period:%b}"
            case "quarter":
                return f"Q{(period.month + 2) // 3}"
        return str(period.year)

    @property
    def columns(self) -> list[str]:
        """The columns of a calendar of them: in which row and column each lies, `cell` tells."""
        match self.every:
            case "day":
                return [str(day) for day in range(1, 32)]
            case "week":
                return ["1st", "2nd", "3rd", "4th", "5th"]
            case "month":
                return [f"{date(2000, month, 1):%b}" for month in range(1, 13)]
            case "quarter":
                return ["Q1", "Q2", "Q3", "Q4"]
        return [str(year) for year in range(10)]

    def cell(self, period: date) -> tuple[str, int]:
        """2026, 11 of a month; 2026-12, 2 of a day; a week is that of its Monday in the month."""
        match self.every:
            case "day":
                return f"{period:%Y-%m}", period.day - 1
            case "week":
                return f"{period:%Y-%m}", (period.day - 1) // 7
            case "month":
                return str(period.year), period.month - 1
            case "quarter":
                return str(period.year), (period.month - 1) // 3
        return f"{period.year // 10}0s", period.year % 10

    def few(self, periods: Iterable[date]) -> str:
        """October 2026, November 2026; at most four, then how many more."""
        known = sorted(periods)
        more = len(known) - 4
        return ", ".join(map(self.words, known[:4])) + (f" and {more} more" if more > 0 else "")

    def spans(self, bounds: Iterable[tuple[date, date]]) -> str:
        """March 2026 through May 2026, July 2026: from low to before high, neighbours together."""
        spans: list[tuple[date, date]] = []
        for low, high in sorted(bounds):
            if spans and low <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
            else:
                spans.append((low, high))
        left = len(spans) - 4
        more = f" and {left:,} more" if left > 0 else ""
        return ", ".join(self._span(low, high) for low, high in spans[:4]) + more

    def _span(self, low: date, high: date) -> str:
        last = max(high, date.min + timedelta(days=1)) - timedelta(days=1)
        if low == date.min and high == date.max:
            return f"every {self.noun}"
        first, end = (self.words(self.start(day)) for day in (low, last))
        if low == date.min:
            return f"all up to {end}"
        if high == date.max:
            return f"{first} and all after it"
        return first if first == end else f"{first} through {end}"

    # How is it written?

    def key_of(self, moment: datetime) -> str:
        """The only right key of a row of this moment, as `written` has it."""
        if self.exact:
            return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"
        return self.written(self.at(moment))

    def written(self, period: date) -> str:
        """Its key, as PostgreSQL prints it in a session of UTC and ISO dates."""
        if self.kind == "timestamptz":
            return f"{self.begins(period):%Y-%m-%d %H:%M:%S.%f}+00"
        return _told(period, self._number_format) if self.kind == "int" else period.isoformat()

    @property
    def _number_format(self) -> str:
        return _NUMBER[self.of or self.every]

    def name(self, period: date) -> str:
        """How does the name of its partition end?"""
        return _told(period, self.name_format)

    def called(self, ending: str) -> date | None:
        """The period whose partition's name ends so, if there is one."""
        digits = "".join(each for each in ending if each.isdecimal())
        year, rest = digits[:4], digits[4:]
        try:
            match self.every:
                case "day":
                    found = date(int(year), int(rest[:2]), int(rest[2:]))
                case "week":
                    found = date.fromisocalendar(int(year), int(rest), 1)
                case "quarter":
                    found = date(int(year), 3 * int(rest) - 2, 1)
                case "month":
                    found = date(int(year), int(rest), 1)
                case _:
                    found = date(int(year), 1, 1)
        except ValueError:
            return None
        return found if self.name(found) == ending else None

    def bound(self, text: str) -> date | None:
        """From which day on do keys lie at or above this bound, as PostgreSQL prints that?

        A number that is no key counts as the next one that is: there is none between them. The
        first and the last day there is stand for what is open or beyond; null: not understood.
        """
        text = text.strip("'")
        if self.kind == "int" and text.lstrip("-").isdecimal():
            return self._from_number(int(text))
        if text in ("MINVALUE", "-infinity") or text.endswith(" BC"):
            return date.min
        if text in ("MAXVALUE", "infinity") or text.partition("-")[0][4:].isdecimal():
            return date.max
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        own = moment if self.kind == "date" else moment.astimezone(ZoneInfo(self.zone))
        return own.date() + timedelta(days=own.time() > time())

    def _from_number(self, number: int) -> date:
        every = self.of or self.every
        year, rest = divmod(number, _UNIT[every])
        if year < 1:
            return date.min
        if year > 9998:
            return date.max
        match every:
            case "day":
                month, day = divmod(rest, 100)
                if not 1 <= month <= 12:
                    return date(year + (month > 12), 1, 1)
                last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
                first = date(year, month, 1)
                return first + timedelta(days=min(max(day, 1), last + 1) - 1)
            case "week":
                weeks = date(year, 12, 28).isocalendar().week
                first = date.fromisocalendar(year, 1, 1)
                return first + timedelta(weeks=min(max(rest, 1), weeks + 1) - 1)
        most = 12 // _MONTHS[every]
        place = year * most + (min(max(rest, 1), most + 1) - 1 if most > 1 else 0)
        return Periods(every)._of(place)

    # As SQL. What is given is SQL too.

    @property
    def step(self) -> str:
        """One of them, as an interval."""
        return _STEP[self.every]

    @property
    def name_format(self) -> str:
        """How does to_char() write the end of its partition's name?"""
        return _NAME[self.every]

    def key(self, day: str) -> str:
        """The key of the period that begins on this date."""
        if self.kind == "date":
            return f"{day}::date"
        if self.kind == "timestamptz":
            return f"({day}::date::timestamp at time zone '{self.zone}')"
        least, most = -(2**63), 2**63 - 1
        return (
            f"case {day}::date when '-infinity' then {least} when 'infinity' then {most}"
            f" else pg_catalog.to_char({day}::date, '{self._number_format}')::bigint end"
        )

    def key_at(self, clock: str, back: int = 0) -> str:
        """The only right key of a row of this moment, or of one so many periods earlier."""
        if self.exact:
            return clock
        start = f"date_trunc('{self.every}', {clock} at time zone '{self.zone}')"
        if back:
            number, unit = _STEP[self.every].split()
            start = f"({start} - interval '{back * int(number)} {unit}')"
        if self.kind == "int":
            return f"to_char({start}, '{self._number_format}')::bigint"
        if self.kind == "timestamptz":
            return f"({start} at time zone '{self.zone}')"
        return f"{start}::date"

    def day_at(self, clock: str) -> str:
        """The first day of this moment's period."""
        return f"date_trunc('{self.every}', {clock} at time zone '{self.zone}')::date"

    def held(self, key: str) -> str:
        """The day that this key names; null where it is a number that names none."""
        if self.kind == "date":
            return f"{key}::date"
        if self.kind == "timestamptz":
            return f"({key} at time zone '{self.zone}')::date"
        number, every = f"{key}::bigint", self.of or self.every
        match every:
            case "year":
                return (
                    f"case when {number} between 1 and 9999 then make_date({number}::int, 1, 1) end"
                )
            case "month" | "quarter":
                size, months = _UNIT[every], 12 // _MONTHS[every]
                first = f"({number} % {size})::int * {12 // months} - {12 // months - 1}"
                return (
                    f"case when {number} between {size} and {size * 9999 + months}"
                    f" and {number} % {size} between 1 and {months}"
                    f" then make_date(({number} / {size})::int, {first}, 1) end"
                )
            case "week":
                found = f"to_date({number}::text, 'IYYYIW')"
                return (
                    f"case when {number} between 100001 and 999852 and {number} % 100 between 1 and"
                    f" 53 then case when to_char({found}, 'IYYYIW') = {number}::text"
                    f" then {found} end end"
                )
        year, month, day = (f"({number} {how})::int" for how in ("/ 10000", "/ 100 % 100", "% 100"))
        last = f"extract(day from make_date({year}, {month}, 1) + interval '1 month - 1 day')"
        return (
            f"case when {number} between 10000101 and 99991231 and {month} between 1 and 12"
            f" then case when {day} between 1 and {last}"
            f" then make_date({year}, {month}, {day}) end end"
        )

    def infinite(self, key: str) -> str:
        """Is this key the end of time, which lies beyond each bound?"""
        return "false" if self.kind == "int" else f"{key} = 'infinity'"

    def day(self, key: str) -> str:
        """The first day of the period that this key lies in."""
        held = self.held(key)
        if self.kind == "int" and self.of is None:
            return held
        return f"date_trunc('{self.every}', ({held})::timestamp)::date"

    def begin(self, day: str) -> str:
        """The moment at which the period of this date begins."""
        return f"({day}::timestamp at time zone '{self.zone}')"

    def text(self, key: str) -> str:
        """This key as `written` has it."""
        if self.kind == "timestamptz":
            return f"pg_catalog.to_char({key} at time zone 'UTC', '{_MOMENT}')"
        return f"{key}::text" if self.kind == "int" else f"pg_catalog.to_char({key}, 'YYYY-MM-DD')"


def _told(day: date, form: str) -> str:
    """As to_char() writes it in one of the forms above."""
    year, week, _ = day.isocalendar()
    for word, value in (
        ("IYYY", f"{year:04}"),
        ("IW", f"{week:02}"),
        ("YYYY", f"{day.year:04}"),
        ("MM", f"{day.month:02}"),
        ("DD", f"{day.day:02}"),
        ("Q", str((day.month + 2) // 3)),
        ('"', ""),
    ):
        form = form.replace(word, value)
    return form


MONTHS = Periods()


def spanning(spans: Iterable[tuple[date, date]]) -> Every | None:
    """Which periods do most of these bounds span, from low to before high? None where none do."""
    found = Counter(_spanned((high - low).days) for low, high in spans)
    most, count = found.most_common(1)[0] if found else (None, 0)
    return most if 2 * count > found.total() else None


def _spanned(days: int) -> Every | None:
    if days == 1:
        return "day"
    if days == 7:
        return "week"
    for every in ("month", "quarter", "year"):
        low, high = _MONTH_DAYS[every]
        if low <= days <= high:
            return every
    return None
