"""Which week is it? ISO weeks in UTC: from Monday 00:00 to the next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LENGTH = timedelta(days=7)


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week: its year is that of its Thursday, so 2027-01-01 lies in 2026-W53."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    @property
    def start(self) -> datetime:
        """Monday 00:00, UTC."""
        day = date.fromisocalendar(self.year, self.number, 1)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """Where the next week begins."""
        return self.start + LENGTH

    def later(self, weeks: int) -> Week:
        """So many weeks later, or earlier where that is negative."""
        return week_of(self.start + weeks * LENGTH)

    @property
    def words(self) -> str:
        """16 to 22 Nov 2026; with both years where they differ."""
        first, last = self.start, self.end - timedelta(days=1)
        if first.year != last.year:
            return f"{first:%-d %b %Y} to {last:%-d %b %Y}"
        begin = f"{first:%-d}" if first.month == last.month else f"{first:%-d %b}"
        return f"{begin} to {last:%-d %b %Y}"


def week_of(moment: datetime) -> Week:
    """In which week does this moment lie?"""
    year, number, _ = moment.astimezone(UTC).isocalendar()
    return Week(year, number)


def parse(text: str) -> Week:
    """The week that is written 2026-W47. Raises: ValueError where there is no such week."""
    before, _, after = text.strip().partition("W")
    before = before.removesuffix("-")
    digits = f"{before}{after}"
    if (len(before), len(after)) != (4, 2) or not (digits.isascii() and digits.isdecimal()):
        raise ValueError("a week is written 2026-W47")
    year, number = int(before), int(after)
    try:
        date.fromisocalendar(year, number, 7)
        if not 2000 <= year <= 2200:
            raise ValueError
    except ValueError:
        raise ValueError(f"there is no week {text.strip()}") from None
    return Week(year, number)


def usual(now: datetime, since: datetime | None) -> Week:
    """Which week does the meeting look at, where none is named? The last that is over.

    The current one as long as nothing is older: `since` is the first run, None where none is.
    """
    current = week_of(now)
    return current if since is None or since >= current.start else current.later(-1)
