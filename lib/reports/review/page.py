"""The review as one page of HTML to keep: for the meeting's screen, and on two sheets of paper.

What would not fit on those is counted, and stands in the CSV.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from html import escape
from itertools import accumulate
from pathlib import Path

from lib.core.results import Status
from lib.core.weeks import LENGTH
from lib.core.words import percent, sentence, stamp, word
from lib.history.lanes import ALL, Availability, Bar, bars
from lib.reports.review import wording
from lib.reports.review.actions import Action
from lib.reports.review.content import Review, Told
from lib.reports.review.measures import Measure
from lib.reports.sheet import badge, document, section

# How many lines of paper each part may take, that all of it stands on two sheets.
_ACTION_LINES, _INCIDENT_LINES, _CHANGE_LINES = 12, 30, 16
_WIDTH, _LONGEST, _MOST_GAPS, _MOST_NOTES = 100, 180, 6, 2  # characters, of a line and of a text
_LONGEST_NOTE = 600
_SLOT = timedelta(hours=3)
_WHOLE = 0.995


def to_html(known: Review) -> str:
    """First sheet: verdict, numbers, open actions, incidents. Second: figures, checks, changes."""
    first = (_actions(known), _incidents(known))
    second = (_measures(known), _next_month(known), _changes(known))
    sheets = "\n".join(f'<div class="sheet">{"".join(parts)}</div>' for parts in (first, second))
    caveat = f'<p class="small">{escape(wording.CAVEAT)}</p>'
    body = "\n".join((_head(known), sheets, _checks(known), caveat))
    style = Path(__file__).with_name("page.css")
    return document(f"{wording.title(known)}: {known.status.word}", style, body)


def _short(text: str, longest: int = _LONGEST) -> str:
    return escape(textwrap.shorten(text, longest, placeholder=" …"))


def _few(drawn: Iterable[tuple[str, int]], most: int) -> str:
    """As many of these as have room, each HTML and its lines of paper, and how many more there are.

    The first is always there.
    """
    parts = list(drawn)
    ends = list(accumulate(lines for _, lines in parts))
    shown = max(1, sum(end <= most for end in ends))
    rest = len(parts) - shown
    more = f'<p class="small">And {rest} more.</p>' if rest > 0 else ""
    return "\n".join(part for part, _ in parts[:shown]) + more


def _lines(*texts: str) -> int:
    """How many lines do these take, each on its own?"""
    return sum(1 + min(len(text), _LONGEST) // _WIDTH for text in texts)


def _head(known: Review) -> str:
    own = known.together
    numbers = (
        ("Fine, of the time looked at", percent(own.share)),
        ("Critical", wording.spent(own.critical)),
        ("Unknown", wording.spent(own.unknown)),
        ("Not verified", wording.spent(own.unverified)),
        ("Mean time to detect", wording.mean(known.to_detect, "not known")),
        ("Mean time to mend", wording.mean(known.to_mend, "not mended")),
        (f"Next month, {known.readiness.month}", word(known.readiness.status)),
        ("Verifications", f"{known.runs:,}"),
    )
    lines = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in numbers
    )
    trouble = f"<p>{escape(known.trouble)}</p>" if known.trouble else ""
    return (
        f'<header class="{known.status.word}">\n<p>{badge(known.status)} '
        f"<span>{escape(wording.title(known))}, by Partition Watchtower</span></p>\n"
        f"<h1>{escape(wording.verdict(known))}</h1>\n{trouble}{_strip(known)}<dl>{lines}</dl>\n</header>"
    )


def _actions(known: Review) -> str:
    if not known.actions:
        return section("Open actions", "<p>None: nothing is open.</p>", "actions")
    items = _few(map(_action, known.actions), _ACTION_LINES)
    return section("Open actions", f"<ul>\n{items}\n</ul>", "actions")


def _action(each: Action) -> tuple[str, int]:
    done = "" if each.done is None else f" <span>Right again {escape(stamp(each.done))} UTC.</span>"
    text = (
        f"<li>{badge(each.status)}<div><strong>{_short(each.what)}</strong> "
        f"<span>{_short(sentence(each.do))}.</span>{done}</div></li>"
    )
    return text, _lines(each.what, each.do)


def _incidents(known: Review) -> str:
    worst = sorted(
        known.incidents,
        key=lambda told: (-told.incident.status, -told.incident.lasted(known.end).total_seconds()),
    )
    none = f"<p>{escape(wording.no_incident(known))}</p>"
    body = _few(map(_incident, worst), _INCIDENT_LINES) if worst else none
    return section("Incidents", body, "incidents")


def _incident(told: Told) -> tuple[str, int]:
    own = told.incident
    written = told.notes[-_MOST_NOTES:]
    notes = "".join(
        f'<p class="note">{_short(note.text, _LONGEST_NOTE)} '
        f"<span>{_short(wording.author(note))}</span></p>"
        for note in written
    )
    facts = sentence("; ".join(wording.facts(told)))
    text = (
        f'<article class="{own.status.word}"><h3>{badge(own.status)} '
        f"{_short(wording.what(own))}</h3><p>{escape(wording.span(own))}</p>"
        f'<p class="small">{_short(facts, 2 * _LONGEST)}.</p>'
        f"{notes}</article>"
    )
    own_lines = 3 + _lines(wording.what(own)) + min(len(facts), 2 * _LONGEST) // _WIDTH
    return text, own_lines + sum(
        _lines(wording.author(note)) + min(len(note.text), _LONGEST_NOTE) // _WIDTH
        for note in written
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """The cells are HTML already."""
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    lines = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{lines}\n</tbody></table>"


def _cells(first: str, others: Iterable[str]) -> list[str]:
    return [f'<th scope="row">{first}</th>', *(f"<td>{_whole(each)}</td>" for each in others)]


def _measures(known: Review) -> str:
    head = ("Figure", "Worst of the week", "Last", "Week before", "Four-week mean")
    body = _table(head, map(_measure, known.measures))
    return section("Keys and joins", f'{body}<p class="small">{_window(known)}</p>', "measures")


def _window(known: Review) -> str:
    return escape(sentence(wording.window(known))) + "."


def _measure(each: Measure) -> list[str]:
    worst = each.words(each.worst)
    if each.worst_at is not None and each.worst not in (each.last, None):
        worst = f"{worst}, {stamp(each.worst_at)}"
    before = f"{each.words(each.before)}: {each.against(each.before)}"
    mean = f"{each.words(each.mean)}: {each.against(each.mean)}"
    if 0 < each.weeks < 4:
        mean += f", {each.weeks} measured"
    return _cells(escape(each.name), (worst, each.words(each.last), before, mean))


def _next_month(known: Review) -> str:
    own = known.readiness
    body = f"<p>{badge(own.status)} {escape(sentence(wording.readiness(known)))}.</p>"
    return section(f"Next month: {own.month}", body, "month")


def _changes(known: Review) -> str:
    lines = wording.changes(known)
    if not lines:
        return section("What changed", f"<p>{escape(wording.no_change(known))}</p>", "changes")
    drawn = ((f"<li>{_short(line)}</li>", _lines(line)) for line in lines)
    items = _few(drawn, _CHANGE_LINES)
    return section("What changed", f"<ul>{items}</ul>", "changes")


def _checks(known: Review) -> str:
    rows = [_line("All checks together", known.times[ALL])]
    rows += [_line(f"<code>{escape(names)}</code>", own) for names, own in wording.rows(known)]
    head = tuple(map(sentence, wording.COLUMNS))
    blind = list(wording.blind(known))
    gaps = ""
    if blind:
        said = "; ".join(blind[:_MOST_GAPS])
        more = f"; and {len(blind) - _MOST_GAPS} more" if len(blind) > _MOST_GAPS else ""
        gaps = f"<p>{badge(Status.UNKNOWN)} Not verified: {escape(said)}{more}.</p>"
    if apart := ", ".join(wording.apart(known)):
        gaps += f"<p>{badge(None)} {escape(apart)}</p>"
    return section("By check", f"{gaps}{_table(head, rows)}", "checks")


def _line(name: str, times: Availability) -> list[str]:
    """Time in which it was not fine bears its status's colour beside the words."""
    kinds = ("", "critical", "unknown", "warning", "unknown")
    spent = (times.critical, times.unknown, times.warning, times.unverified)
    looks = ["", *(kind if time else "" for kind, time in zip(kinds[1:], spent, strict=True))]
    cells = zip(looks, wording.row("", times)[1:], strict=True)
    return [
        f'<th scope="row">{name}</th>',
        *(f'<td class="{look}">{_whole(words)}</td>' for look, words in cells),
    ]


def _whole(words: str) -> str:
    """A number is not parted from its unit."""
    return escape(words).replace(" ", "\N{NO-BREAK SPACE}") if len(words) < 12 else escape(words)


def _look(bar: Bar) -> str:
    """Hollow where nobody looked, and hatched where that holds for a part of it."""
    if bar.status is None:
        return "unverified"
    return bar.status.word if bar.share > _WHOLE else f"{bar.status.word} partly"


def _strip(known: Review) -> str:
    """The week, three hours a bar: its height and colour say the worst."""
    drawn = bars(known.spans[ALL], _SLOT)
    marks = "".join(f'<i class="{_look(bar)}"></i>' for bar in drawn) + "<i></i>" * (
        int(LENGTH / _SLOT) - len(drawn)
    )
    days = "".join(
        f"<span>{day}</span>" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    )
    spoken = Counter("not verified" if bar.status is None else bar.status.word for bar in drawn)
    said = ", ".join(f"{word} in {count}" for word, count in spoken.most_common())
    return (
        f'<div class="strip" role="img" aria-label="The week in bars of 3 h: {said}">{marks}</div>'
        f'<div class="days" aria-hidden="true">{days}</div>'
    )
