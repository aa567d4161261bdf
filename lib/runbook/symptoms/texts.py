"""What is left of a pasted text once its wrapping is off: HTML, Markdown, JSON, colours, NULs?"""

from __future__ import annotations

import html
import re

LONGEST = 200_000

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_COLOUR = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_ESCAPED = re.compile(r"""\\(["'_*`\[\]()~#])""")
_MARKUP = re.compile(r"\*\*|`+|~~")
_BROKEN = re.compile(r"\\r|\\n|\\t")
_LETTERS = {
    **dict.fromkeys((*range(32), *range(0x7F, 0xA0)), " "),
    10: "\n",
    **dict.fromkeys(map(ord, "“”„«»‟″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‹›′"), "'"),
    **dict.fromkeys((0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)), ""),
    **dict.fromkeys(range(0x2060, 0x2070), ""),
}


def unwrapped(text: str) -> str:
    """The words as PostgreSQL said them, with their line ends.

    Of a very long text its beginning and its end: the error stands in one of them.
    """
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}\n{text[-half:]}"
    text = _COLOUR.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    for _ in range(3):  # a log line may hold JSON that holds JSON
        if "\\" not in text:
            break
        text = _ESCAPED.sub(r"\1", _BROKEN.sub("\n", text.replace("\\\\", "\\")))
    return _MARKUP.sub("", text.translate(_LETTERS))


def flat(text: str) -> str:
    """The same on one line: terminals and mails break lines anywhere."""
    return " ".join(text.split())
