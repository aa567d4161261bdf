"""When is maintenance, so that nobody is told? Weekly windows, each in a time zone of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.core.errors import SettingInvalid

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Window:
    """On these days (0 is Monday), from `begin` to before `end`, by the clocks of `zone`.

    One that ends before it begins goes on into the next day. `text` is how it was written.
    """

    days: frozenset[int]
    begin: time
    end: time
    zone: ZoneInfo
    text: str

    def holds(self, now: datetime) -> bool:
        """Is this moment within it?"""
        local = now.astimezone(self.zone)
        clock, day = local.time(), local.weekday()
        if self.begin < self.end:
            return day in self.days and self.begin <= clock < self.end
        before = (local - timedelta(days=1)).weekday()
        return (day in self.days and clock >= self.begin) or (
            before in self.days and clock < self.end
        )


def current(windows: Iterable[Window], now: datetime) -> Window | None:
    """Which window is open at this moment?"""
    return next((window for window in windows if window.holds(now)), None)


def windows(text: str | None) -> tuple[Window, ...]:
    """Which windows does WATCHTOWER_MAINTENANCE_WINDOWS name, separated by semicolons?

    Raises: SettingInvalid.
    """
    return tuple(_window(part.strip()) for part in (text or "").split(";") if part.strip())


def _window(text: str) -> Window:
    try:
        days, span, zone = text.split()
        begin, end = map(_clock, span.split("-"))
        if begin == end:
            raise SettingInvalid(
                "A window of WATCHTOWER_MAINTENANCE_WINDOWS begins and ends at the same time: "
                "a whole day takes two, 00:00-12:00 and 12:00-00:00."
            )
        return Window(_days(days.lower()), begin, end, ZoneInfo(zone), text)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise SettingInvalid(
            "WATCHTOWER_MAINTENANCE_WINDOWS holds windows like Sun 02:00-04:00 Europe/Berlin, "
            "Mon-Fri 22:00-23:30 UTC or daily 03:00-03:15 UTC, separated by semicolons."
        ) from None


def _clock(text: str) -> time:
    """2:00; 02:00. Raises: ValueError."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError
    return time.fromisoformat(text.zfill(5))


def _days(text: str) -> frozenset[int]:
    """daily; Sun; Sat,Sun; Fri-Mon. Raises: ValueError."""
    if text == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)
