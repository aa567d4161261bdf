"""How are statuses, numbers, shares, durations and moments said? Here, for every face."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from lib.core.results import Finding, Reach, Row, Status

SIGNS = {Status.OK: "✓", Status.WARNING: "!", Status.UNKNOWN: "?", Status.CRITICAL: "✕"}
FEW = 3  # of many alike so many are named, each by itself
APART = "does not apply"  # said of a check that is outside the verdict, in place of a status
NOT_VERIFIED = "not verified"  # said of a time in which nobody looked
_NEARLY_ALL = 0.999
_MINUTE = timedelta(minutes=1)
_OF_ONE = {
    "carry": "carries",
    "sit": "sits",
    "stand": "stands",
    "have": "has",
    "do": "does",
    "are": "is",
    "say": "says",
    "(they": "(it",
    "their": "its",
}
_FACES = {
    "page": "on the page",
    "endpoint": "over HTTP",
    "command line": "on the command line",
    "apply": "after a repair",
    "once more": "to make sure",
    "change": "since something changed",
}


def word(status: Status | None) -> str:
    """The word of a check's status."""
    return APART if status is None else status.word


def mark(status: Status | None) -> str:
    """Sign and word, where there is only text: ✓ ok; – does not apply, where there is no status."""
    return f"– {APART}" if status is None else f"{SIGNS[status]} {status.word}"


def by_status(statuses: Iterable[Status]) -> str:
    """How many have which status, the worst first? 3 critical, 2 warning."""
    numbers = Counter(statuses)
    return ", ".join(f"{numbers[status]} {status.word}" for status in sorted(numbers, reverse=True))


def by_time(statuses: Iterable[Status | None]) -> str:
    """How many slots of time stood how, the most frequent first? ok in 20, not verified in 4."""
    numbers = Counter(NOT_VERIFIED if status is None else status.word for status in statuses)
    return ", ".join(f"{word} in {count}" for word, count in numbers.most_common())


def sentence(text: str) -> str:
    """The text with a capital, unless it begins with a name from the database."""
    first = text.split(" ", 1)[0]
    return text if "_" in first or "." in first else text[:1].upper() + text[1:]


def listed(items: Iterable[str]) -> str:
    """a; a and b; a, b and c."""
    *before, last = list(items) or [""]
    return f"{', '.join(before)} and {last}" if before else last


def few(names: Sequence[str]) -> str:
    """Up to three by name, and how many more."""
    more = f" and {number(len(names) - FEW)} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def together(names: Sequence[str], whole: str, noun: str) -> tuple[str, str, str]:
    """One by its own name, many as those of a whole: whom it is about, who they are, in short."""
    if len(names) == 1:
        return names[0], names[0], unqualified(names[0])
    many = f"{number(len(names))} {noun}s of"
    return whole, f"{many} {whole}", f"{many} {unqualified(whole)}"


def places(relations: list[str]) -> str:
    """Up to three by name; more: the first, and how many others."""
    if len(relations) <= 3:
        return ", ".join(relations)
    return f"{relations[0]} and {number(len(relations) - 1)} more relations"


def who(name: str, face: str) -> str:
    """By whom, and through which face, in words."""
    if name == face == "schedule":
        return "the schedule"
    name = "someone with the secret" if name.startswith("bearer of the secret") else name
    face = _FACES.get(face, face)
    return f"{name}, {face}" if name and face else name or face or "somebody unnamed"


def unqualified(relation: str) -> str:
    """public.events_2026_12 → events_2026_12. A quoted schema may hold points and quotes."""
    end = 0
    if relation.startswith('"'):
        end = relation.find('"', 1) + 1
        while end and relation[end : end + 1] == '"':  # a doubled one is of the name
            end = relation.find('"', end + 1) + 1
    else:
        end = min(len(relation.partition(mark)[0]) for mark in ".(")
    return relation[end + 1 :] if relation[end : end + 1] == "." else relation


def called(function: str) -> str:
    """public.f(text, date) → f(): as a headline names it, which has no room for arguments."""
    name = unqualified(function)
    return f"{name.rpartition('(')[0] or name}()"


def strangers_word(roles: Sequence[str]) -> str:
    """The one role by its name; strangers, where there are several."""
    return roles[0] if len(roles) == 1 else "strangers"


def number(count: int) -> str:
    """88310 → 88,310."""
    return f"{count:,}"


def plural(count: int, noun: str) -> str:
    """1 → 1 check, 2000 → 2,000 checks."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def agree(count: int, does: str) -> str:
    """1, do not find their session → does not find its session; of more as it is given."""
    return does if count != 1 else " ".join(_OF_ONE.get(word, word) for word in does.split(" "))


def rows_word(count: int) -> str:
    """1 → 1 row, 2000 → 2,000 rows."""
    return plural(count, "row")


def at_least(count: int, noun: str = "row", *, capped: bool) -> str:
    """The same in a headline: 100,000+ rows, where counting stopped there."""
    return f"{number(count)}+ {noun}s" if capped else plural(count, noun)


def or_more(count: int, *, capped: bool) -> str:
    """The same in a sentence: 100,000 rows or more."""
    return f"{rows_word(count)}{' or more' if capped else ''}"


def times(count: int) -> str:
    """once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def outside(count: int) -> str:
    """How many checks are outside the verdict? 1 does not apply, 17 do not apply."""
    return f"{count} {'does' if count == 1 else 'do'} not apply"


def last_days(count: int) -> str:
    """1 → the last day, 7 → the last 7 days."""
    return "the last day" if count == 1 else f"the last {count:,} days"


def reached(reach: Reach) -> str:
    """How far did it reach? 12 rows of sessions (wrong keys)."""
    return ", ".join(
        f"{rows_word(count)} of {table} ({fault})" for (table, fault), count in reach.rows.items()
    )


def observed(summary: str, findings: Sequence[Finding], *, seen: bool) -> str:
    """The summary, unless something was not observed; then the summary only of what was seen."""
    unknown = [finding.detail for finding in findings if finding.status is Status.UNKNOWN]
    if not unknown:
        return summary
    more = f" and {len(unknown) - 1} more" if len(set(unknown)) > 1 else ""
    blind = f"not observed: {unknown[0]}{more}"
    return f"{summary}; {blind}" if seen else blind


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


def percent(share: float | None) -> str:
    """99.2 %, 99.96 %; never 100 % where something was wrong; a dash where nobody looked."""
    if share is None:
        return "–"
    if share > _NEARLY_ALL:
        return "100.0 %" if share == 1 else f"{min(100 * share, 99.99):.2f} %"
    return f"{100 * share:.1f} %"


def duration(span: timedelta) -> str:
    """8 d 9 h, 8 d, 3 h 10 min, 21 min, 40 s."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d" + f" {hours % 24} h" * bool(hours % 24)
    if hours:
        return f"{hours} h" + f" {minutes % 60} min" * bool(minutes % 60)
    return f"{minutes} min" if minutes else f"{seconds} s"


def spell(span: timedelta) -> str:
    """How long something lasted: 1 min 50 s; from ten minutes on as in `duration`."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    return f"{minutes} min {seconds} s" if 0 < minutes < 10 and seconds else duration(span)


def at_most(span: timedelta) -> str:
    """The span rounded up to what is said of it: 14 min for 13 min 35 s."""
    seconds = math.ceil(span.total_seconds())
    unit = 1 if seconds < 600 else 60 if seconds < 86400 else 3600
    return spell(timedelta(seconds=max(math.ceil(seconds / unit), 1) * unit))


def ago(span: timedelta | None, *, ticking: bool = False) -> str:
    """2 min ago; never, where nothing happened yet. Seconds only where they go on by themselves."""
    if span is None:
        return "never"
    if span < _MINUTE and not ticking:
        return "less than a minute ago"
    return "just now" if span < timedelta(seconds=2) else f"{duration(span)} ago"


def moment(value: datetime) -> str:
    """22 Nov 2026 13:41 UTC."""
    return f"{value.astimezone(UTC):%d %b %Y %H:%M} UTC"


def second(value: datetime) -> str:
    """2026-11-22 13:41:05 UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def stamp(value: datetime) -> str:
    """Tue 17 Nov, 13:41, UTC."""
    return f"{value.astimezone(UTC):%a %-d %b, %H:%M}"


def clock(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """13:41 UTC; with its day where that is another one."""
    same = at.astimezone(UTC).date() == now.astimezone(UTC).date()
    time = "%H:%M:%S" if seconds else "%H:%M"
    return f"{at.astimezone(UTC):{time if same else f'%d %b %Y, {time}'}} UTC"


def since_words(since: datetime, now: datetime) -> str:
    """since 15 Nov; with the year where it is another than now's."""
    day = since.astimezone(UTC)
    year = f" {day.year}" if day.year != now.astimezone(UTC).year else ""
    return f"since {day.day} {day:%b}{year}"


def both_ends(begin: datetime, end: datetime) -> tuple[str, str]:
    """Both, the end without its day where that is the beginning's, with seconds if they need it."""
    first, last = begin.astimezone(UTC), end.astimezone(UTC)
    time = "%H:%M:%S" if f"{first:%F %R}" == f"{last:%F %R}" else "%H:%M"
    day = "" if first.date() == last.date() else "%a %-d %b, "
    return f"{first:%a %-d %b, {time}}", f"{last:{day}{time}}"


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
