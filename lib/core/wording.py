"""How are numbers, spans and shares said, the same on every face?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from lib.core.results import Finding, Reach, Row, Status


def number(count: int) -> str:
    """88310 → 88,310."""
    return f"{count:,}"


def rows_word(count: int) -> str:
    """1 → 1 row, 2000 → 2,000 rows."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def listed(items: Iterable[str]) -> str:
    """a; a and b; a, b and c."""
    *before, last = list(items) or [""]
    return f"{', '.join(before)} and {last}" if before else last


def places(relations: list[str]) -> str:
    """Up to three by name; more: the first, and how many others."""
    if len(relations) <= 3:
        return ", ".join(relations)
    return f"{relations[0]} and {len(relations) - 1} more relations"


def share(part: int, whole: int) -> str:
    """One decimal; never rounded up to 100 % nor down to 0 % when it is not."""
    if whole == 0:
        return "no rows"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.1f} %"


def moment(value: datetime) -> str:
    """22 Nov 2026 13:41 UTC."""
    return f"{value.astimezone(UTC):%d %b %Y %H:%M} UTC"


def span_words(first: datetime | None, last: datetime | None) -> str:
    """From when to when, UTC."""
    if first is None or last is None:
        return "at an unknown time"
    if first == last:
        return moment(first)
    return f"{moment(first)} – {moment(last)}"


def extent(rows: Sequence[Row], first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """The earliest of the one column and the latest of the other, of the rows that have a time."""
    firsts, lasts = (tuple(filter(None, (row[name] for row in rows))) for name in (first, last))
    return min(firsts, default=None), max(lasts, default=None)


def span_of(rows: Sequence[Row], first: str, last: str) -> str:
    """From the earliest of the one column to the latest of the other."""
    return span_words(*extent(rows, first, last))


def months_words(months: list[date]) -> str:
    """October 2026, November 2026; at most four, then how many more."""
    names = [f"{month:%B %Y}" for month in sorted(months)[:4]]
    more = len(months) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def spans_words(bounds: list[tuple[date, date]]) -> str:
    """March 2026 through May 2026, July 2026: from low to before high, neighbours together."""
    spans: list[tuple[date, date]] = []
    for low, high in sorted(bounds):
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
        else:
            spans.append((low, high))
    more = f" and {len(spans) - 4} more spans" if len(spans) > 4 else ""
    return ", ".join(_span_words(low, high) for low, high in spans[:4]) + more


def _span_words(low: date, high: date) -> str:
    last = max(high, date.min + timedelta(days=1)) - timedelta(days=1)  # no day is before the first
    if low == date.min and high == date.max:
        return "every month"
    if low == date.min:
        return f"all up to {last:%B %Y}"
    if high == date.max:
        return f"{low:%B %Y} and all after it"
    first, end = f"{low:%B %Y}", f"{last:%B %Y}"
    return first if first == end else f"{first} through {end}"


def since_words(since: datetime, now: datetime) -> str:
    """since 15 Nov; with the year where it is another than now's."""
    day = since.astimezone(UTC)
    year = f" {day.year}" if day.year != now.astimezone(UTC).year else ""
    return f"since {day.day} {day:%b}{year}"


def observed(summary: str, findings: Sequence[Finding], *, seen: bool) -> str:
    """The summary, unless something was not observed; then the summary only of what was seen."""
    unknown = [finding.detail for finding in findings if finding.status is Status.UNKNOWN]
    if not unknown:
        return summary
    more = f" and {len(unknown) - 1} more" if len(set(unknown)) > 1 else ""
    blind = f"not observed: {unknown[0]}{more}"
    return f"{summary}; {blind}" if seen else blind


def reached(reach: Reach) -> str:
    """How far did it reach? 12 rows of sessions (wrong keys)."""
    parts = ((rows_word(count), *what.split(": ", 1)) for what, count in reach.rows.items())
    return ", ".join(f"{rows} of {table} ({', '.join(kind)})" for rows, table, *kind in parts)
