"""How is a page of HTML to keep made? No request to the outside, no script, the theme's colours."""

from __future__ import annotations

import functools
from html import escape
from pathlib import Path

from lib.core.results import Status
from lib.core.words import APART
from lib.reports.drawing.looks import LOOKS

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{drawings}
<main>
{body}
</main>
</body>
</html>
"""


def document(title: str, style: Path, body: str) -> str:
    """The whole page: this body, under the rules of every such page and of this file."""
    return _PAGE.format(
        title=escape(title),
        style=_text(Path(__file__).with_name("sheet.css")) + _text(style),
        drawings=_drawings(),
        body=body,
    )


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _drawings() -> str:
    """Each icon once, for the page to refer to."""
    shapes = "".join(
        f'<symbol id="{status.word}" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9.5"/>'
        f'<path d="{look.drawing}"/></symbol>'
        for status, look in LOOKS.items()
    )
    return f'<svg width="0" height="0" class="spoken" aria-hidden="true">{shapes}</svg>'


def icon(status: Status) -> str:
    """The sign alone; a word must stand beside it, or be spoken."""
    return f'<svg class="icon" aria-hidden="true"><use href="#{status.word}"/></svg>'


def badge(status: Status | None) -> str:
    """Icon and word on the status colour; without either where a check does not apply."""
    if status is None:
        return f'<span class="badge apart">{APART}</span>'
    return f'<span class="badge {status.word}">{icon(status)}{status.word}</span>'


def section(title: str, body: str, name: str) -> str:
    """A part of the page, under its heading; `body` is HTML."""
    return f'<section class="{name}">\n<h2>{escape(title)}</h2>\n{body}\n</section>'
