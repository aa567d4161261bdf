"""How is a message recognised, and read?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lib.runbook.symptoms.symptom import Symptom, named

NAME = r'"?(?P<{0}>[^"\s;,()]{{1,200}})"?'
QUOTED = r'"(?P<{0}>[^"]{{1,200}})"'


@dataclass(frozen=True)
class Message:
    """How does one message of this class read, and what is said of it?

    `read` gets the match and the words that follow it (DETAIL, HINT, CONTEXT).
    """

    code: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], str], Symptom]


def message(
    code: str, pattern: str, what: str, cause: str, check: str, step: str, words: str = ""
) -> Message:
    """A message that means the same whatever its names are; `{name}` is a group of the pattern."""

    def read(match: re.Match[str], _: str) -> Symptom:
        names = {key: named(value or "") for key, value in match.groupdict().items()}
        sign = f"{code} {words or match[0][:60]}".strip()
        return Symptom(sign, what.format(**names), cause.format(**names), check, step)

    return Message(code, compiled(pattern), read)


def compiled(pattern: str) -> re.Pattern[str]:
    """Messages are recognised in whatever case a log writes them."""
    return re.compile(pattern, re.IGNORECASE)
