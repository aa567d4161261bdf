"""How is text written so that Markdown shows just this text? What a database named cannot act."""

from __future__ import annotations

import re
from functools import lru_cache

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&!^])")
_LEADING = re.compile(r"^(\d*)([-+.)=])")
# What of it lives where it is read, on GitHub or in a chat say.
_LIVE = re.compile(r"(?i)@|\bwww(?=\.)|:(?=//)|(?<!\d):(?=[\w+\-]+:)|\b(?:mailto|xmpp):")
# What Streamlit makes of it besides: icons and colours, arrows, links.
_COLON = re.compile(r":(?=[A-Za-z:])")
_EMOJI = re.compile(r":(?=[\w+\-/]+:)")
_ARROW = re.compile(r"(?<!\S)(<->|<-|->|--|>=|<=|~=)(?!\S)")
_LINK = re.compile(r"(https?|ftp|www|mailto|xmpp)(?=[:.])", re.IGNORECASE)
_MAIL = re.compile(r"(?<=\S)@(?=\S)")
_JOINER = "\u2060"  # invisible; parts what would become a link or an emoji, or call somebody


def plain(text: object) -> str:
    """The Markdown of a page that shows exactly this text, on one line."""
    return _plain(str(text))


@lru_cache(4096)  # a page says the same hundred things at each redraw
def _plain(text: str) -> str:
    line = " ".join(text.split())
    line = _ARROW.sub(lambda match: match[1][0] + _JOINER + match[1][1:], line)
    line = _EMOJI.sub(":" + _JOINER, line)
    line = _LINK.sub(r"\1" + _JOINER, line)
    line = _MAIL.sub(_JOINER + "@", line)
    line = _COLON.sub(r"\\:", _MARKUP.sub(r"\\\1", line))
    return _LEADING.sub(r"\1\\\2", line)


def breakable(text: object) -> str:
    """The same for a table's cell: a long name may break after its underscores."""
    return re.sub(r"(?<=\w)\\_(?=\w)", "\\_\u200b", plain(text))


def exported(text: object) -> str:
    """The Markdown of a file that shows exactly this text, on one line, also in a table's cell."""
    line = _MARKUP.sub(r"\\\1", " ".join(str(text).split()))
    line = _LIVE.sub(lambda match: match[0] + _JOINER, line)
    return _LEADING.sub(r"\1\\\2", line)


def fenced(text: str, language: str) -> str:
    """A block of code that its own text cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
