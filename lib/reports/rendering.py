"""How does a report become text? By a template of this folder, which escapes every value."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lib.core import words
from lib.reports.drawing.looks import LOOKS
from lib.reports.markdown import exported, fenced


def short(text: str, longest: int = 180) -> str:
    """The beginning of the text, at most so long."""
    return textwrap.shorten(text, longest, placeholder=" …")


def unparted(text: str) -> str:
    """A number that is not parted from its unit at the end of a line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}") if len(text) < 12 else text


_HTML = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_HTML.globals |= {"LOOKS": LOOKS, "words": words}
_HTML.filters |= {"sentence": words.sentence, "short": short, "unparted": unparted}
_MARKDOWN = _HTML.overlay(
    autoescape=False,
    finalize=lambda value: value if isinstance(value, Markup) else exported(value),
)
_MARKDOWN.filters = {
    **_HTML.filters,
    "mark": lambda status: Markup(words.mark(status)),
    "plain": lambda text: Markup(exported(text)),
    "fenced": lambda text, language: Markup(fenced(text, language)),
}


def render(template: str, **values: Any) -> str:
    """What this template makes of these values: HTML, or Markdown where its name says so."""
    environment = _MARKDOWN if template.endswith(".md.j2") else _HTML
    return environment.get_template(template).render(values)
