"""What is small enough to be drawn without a chart library? SVG texts, for st.image and files.

They load at once and scale with the page. Names from the database are escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from lib.core.results import Status
from lib.history.lanes import Bar
from lib.reports.drawing.charts import CELLS, GREY

_SIGNS = {
    Status.WARNING: '<path d="M{x} 6v6M{x} 14v1"/>',
    Status.UNKNOWN: '<circle cx="{x}" cy="10" r="2" fill="none"/>',
    Status.CRITICAL: '<path d="M{a} 8l4 4m0-4l-4 4"/>',
}
_PADDING = 5  # the page rounds the corners of a picture
_BAR, _STEP = 7, 9
_WIDE, _HOUR, _DAY, _NAMES = 15, 17, 22, 40  # of the week's grid: cell, column, row, day names
_FAINT = 'stroke-opacity=".45"'
_A_SIGN = 10  # so much of a bar holds its sign


def strip(bars: Sequence[Bar]) -> str:
    """How did it go lately? A bar a slot of time, oldest first, filled as far as it is known.

    What is not ok bears a sign as well as a colour; where nothing ran it is hollow.
    """
    parts: list[str] = []
    for slot, bar in enumerate(bars):
        parts += _bar(_PADDING + slot * _STEP, _BAR, bar)
    return _svg(2 * _PADDING + len(bars) * _STEP - (_STEP - _BAR), 20, parts)


def week(bars: Sequence[Bar], days: Sequence[str], *, ink: str) -> str:
    """How did the week go? A row a day of these names, a column an hour.

    `bars` are by hour from Monday 00:00; what they do not reach is still to come, and left blank.
    `ink` is the colour of the names.
    """
    bottom = len(days) * _DAY
    parts = [
        f'<text x="{_NAMES - 8}" y="{row * _DAY + 15}" text-anchor="end" font-size="13" '
        f'fill="{ink}">{html.escape(day)}</text>'
        for row, day in enumerate(days)
    ]
    for hour, bar in enumerate(bars):
        row, column = divmod(hour, 24)
        cell = "".join(_bar(_NAMES + column * _HOUR, _WIDE, bar))
        parts.append(f'<g transform="translate(0 {row * _DAY})">{cell}</g>')
    parts += [
        f'<text x="{_NAMES + column * _HOUR}" y="{bottom + 14}" font-size="12" fill="{ink}">'
        f"{column:02}</text>"
        for column in range(0, 24, 6)
    ]
    return _svg(_NAMES + 24 * _HOUR, bottom + 20, parts)


def _bar(left: int, width: int, bar: Bar) -> Iterator[str]:
    """One slot: hollow as far as it is not known, filled as far as it is, and its sign."""
    x = f'x="{left}" width="{width}" rx="1.5"'
    if bar.status is None or not bar.whole:
        yield f'<rect {x} y="1" height="18" fill="none" stroke="{GREY}" {_FAINT}/>'
    if bar.status is None:
        return
    known = 18 if bar.whole else max(3.0, round(18 * bar.share, 1))
    colour = CELLS[bar.status.word].colour
    yield f'<rect {x} y="{19 - known:g}" height="{known:g}" fill="{colour}"/>'
    if sign := _SIGNS.get(bar.status):
        drawn = sign.format(x=left + width / 2, a=left + width / 2 - 2)
        # White in the filled part; where that is too low for it, above it in the bar's colour.
        ink, down = ("#fff", 9 - known / 2) if known >= _A_SIGN else (colour, -known / 2)
        yield (
            f'<g stroke="{ink}" stroke-width="1.3" stroke-linecap="round" '
            f'transform="translate(0 {down:g})">{drawn}</g>'
        )


def badge(status: str, *, demo: bool = False) -> str:
    """The state as a badge for a readme or a wiki: the same sign, word and colour as everywhere."""
    cell = CELLS[status]
    status = f"demo: {status}" if demo else status
    words = f"{cell.mark} {status}"
    left, right = 76, 20 + 7 * len(words)
    texts = '<text y="14" text-anchor="middle" font-size="11" fill="#fff"'
    parts = [
        f"<title>partitions: {status}</title>",
        f'<rect width="{left + right}" height="20" rx="3" fill="{cell.colour}"/>',
        f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3b4048"/>',
        f'{texts} x="{left / 2:g}">partitions</text>',
        f'{texts} x="{left + right / 2:g}" font-weight="600">{words}</text>',
    ]
    return _svg(left + right, 20, parts)


def wordmark(mark: str, ink: str) -> str:
    """The name beside the mark, for the head of the sidebar. `mark` is an SVG of 32 by 32."""
    inside = mark[mark.index(">") + 1 : mark.rindex("</svg>")]
    # A length of its own, so that it fits with whichever font there is.
    name = (
        f'<text x="42" y="21.5" font-size="16" font-weight="600" fill="{ink}" textLength="172" '
        'lengthAdjust="spacingAndGlyphs">Partition Watchtower</text>'
    )
    return _svg(216, 32, [inside, name])


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="Source Sans, system-ui, sans-serif">'
        f"{''.join(parts)}</svg>"
    )
