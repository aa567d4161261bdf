"""How is text written so that Markdown shows just this text? What a database named cannot act."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&!^])")
_LEADING = re.compile(r"^(\d*)([-+.)=])")
_LIVE = re.compile(r"(?i)@|\bwww(?=\.)|:(?=//)|(?<!\d):(?=[\w+\-]+:)|\b(?:mailto|xmpp):")
_JOINER = "\u2060"  # invisible; parts what would become a link or an emoji, or call somebody


def plain(text: object) -> str:
    """The Markdown that shows exactly this text, on one line, also within a table's cell."""
    line = _MARKUP.sub(r"\\\1", " ".join(str(text).split()))
    line = _LIVE.sub(lambda match: match[0] + _JOINER, line)
    return _LEADING.sub(r"\1\\\2", line)


def fenced(text: str, language: str) -> str:
    """A block of code that its own text cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
