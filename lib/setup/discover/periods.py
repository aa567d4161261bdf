"""Of which period is a key, and in which time zone, by partitions, text and rows? Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from lib.core.results import Row
from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree, Unread, constant

PERIODS = ("day", "week", "month", "quarter", "year")
NUMBERS = {"day": "YYYYMMDD", "week": "IYYYIW", "month": "YYYYMM"}
KINDS = {  # as sql/discover/sample_clock.sql asks for them, by type
    "date": "date",
    **dict.fromkeys(("timestamptz", "timestamp"), "moment"),
    **dict.fromkeys(("int2", "int4", "int8"), "number"),
}
OTHER = "another length"
_UTC = frozenset({"utc", "gmt", "uct", "z", "zulu", "etc/utc", "etc/gmt", "etc/uct", "etc/zulu"})


def zone_of(word: str) -> str | None:
    """The time zone's name, as a declaration has it; None where it is none that is known."""
    if word.lower() in _UTC:
        return "UTC"
    return next((name for name in available_timezones() if name.lower() == word.lower()), None)


def spans(bounds: Iterable[str], kind: str) -> Counter[str]:
    """How many partitions span which period? `kind` is the type of the key.

    `bounds` are as PostgreSQL prints them. Of numbers that may be weeks or months alike, both.
    """
    pairs = [pair for each in bounds if (pair := _pair(each)) is not None]
    if kind in ("int2", "int4", "int8"):
        return _of_numbers([(low, high) for low, high in pairs if low.isdigit()])
    found = Counter[str]()
    for low, high in pairs:
        try:
            first, last = datetime.fromisoformat(low), datetime.fromisoformat(high)
        except ValueError:
            continue  # infinity, or before Christ
        at_night = first.time() == last.time() == datetime.min.time()
        found[_period(first.date(), last.date()) if at_night else OTHER] += 1
    return found


def _pair(bound: str) -> tuple[str, str] | None:
    """Lower and upper bound; None where it is open, or of several columns."""
    try:
        (tree,) = parsed.statements(f"create table a partition of b {bound}")
    except (Unread, ValueError):
        return None
    told = tree["CreateStmt"].get("partbound", {})
    ends = [told.get(name, []) for name in ("lowerdatums", "upperdatums")]
    if [len(each) for each in ends] != [1, 1]:
        return None
    values = [_value(each[0]) for each in ends]
    return (values[0], values[1]) if all(values) else None


def _value(tree: Tree) -> str:
    kind, told = parsed.only(tree)
    return constant(told) if kind == "A_Const" else ""


def _period(low: date, high: date) -> str:
    """Which period begins with this day and ends before that one?"""
    for period in PERIODS:
        if start(low, period) == low and following(low, period) == high:
            return period
    return OTHER


def start(day: date, period: str) -> date:
    """The first day of the period in which this one is."""
    match period:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def following(first: date, period: str) -> date:
    """The first day of the next period, where this one begins with `first`."""
    days = {"day": 1, "week": 7, "month": 31, "quarter": 93, "year": 366}[period]
    later = first + timedelta(days=days)
    return start(later, period)


def _of_numbers(pairs: Sequence[tuple[str, str]]) -> Counter[str]:
    """The same of numbers: a period counts where every bound can be one of it."""
    found = Counter[str]()
    for period in NUMBERS:
        lows = [as_day(low, period) for low, _ in pairs]
        if not pairs or None in lows:
            continue
        for (low, high), first in zip(pairs, lows, strict=True):
            assert first is not None
            next_one = following(first, period)
            one = as_day(high, period) == next_one or int(high) == int(low) + 1
            found[period if one else OTHER] += 1
    return found


def as_day(number: str, period: str) -> date | None:
    """The first day of the period of this number, 202653 say; None where it is none."""
    try:
        match period:
            case "week" if len(number) == 6:
                return date.fromisocalendar(int(number[:4]), int(number[4:]), 1)
            case "month" if len(number) == 6:
                return date(int(number[:4]), int(number[4:]), 1)
            case "day" if len(number) == 8:
                return date(int(number[:4]), int(number[4:6]), int(number[6:]))
    except (ValueError, OverflowError):
        pass
    return None


def agreeing(rows: Iterable[Row]) -> dict[tuple[str, str], tuple[int, int]]:
    """By period and zone: of how many sampled rows is the key that, and how many were there?"""
    return {(row["every"], row["zone"]): (row["hits"], row["total"]) for row in rows}
