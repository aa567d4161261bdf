"""Which codes, or names of codes, stand in a text?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib.runbook.symptoms.codes import CODES, Code
from lib.runbook.symptoms.symptom import Symptom

_BY_CODE = {each.code: each for each in CODES}
_BY_NAME = {each.name.replace("_", ""): each for each in CODES if each.name}

# Five digits alone are a number: they count beside a word for "code", in brackets, before a colon,
# or by themselves. A code with a letter in it stands for itself.
_NUMBER = "|".join(code for code in _BY_CODE if code.isdigit())
_LETTERED = "|".join(code for code in _BY_CODE if not code.isdigit())
_FOUND = re.compile(
    rf"(?:sqlstate|code|errno|state|error|fatal|warning)[\s\"':=\[(]{{1,8}}(?P<said>{_NUMBER})\b"
    rf"|[\[(]\s?(?P<bracketed>{_NUMBER})\s?[\])]"
    rf"|(?:^|\s)(?P<headed>{_NUMBER})(?::\s|$)"
    rf"|\b(?P<lettered>{_LETTERED})\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(" + "|".join(each.name.replace("_", "_?") for each in CODES if each.name) + r")(?![a-z_])",
    re.IGNORECASE,
)


def by_code(text: str) -> Iterator[tuple[int, str, Symptom]]:
    """Which codes, and names of codes, stand in this line of text? With their places."""
    for match in _FOUND.finditer(text):
        found = next(filter(None, match.groups())).upper()
        yield match.start(), found, _symptom(_BY_CODE[found])
    for match in _CONDITION.finditer(text):
        known = _BY_NAME[match[1].replace("_", "").lower()]
        yield match.start(), known.code, _symptom(known)


def _symptom(known: Code) -> Symptom:
    sign = f"{known.code} {known.name.replace('_', ' ')}".strip()
    return Symptom(sign, known.what, known.cause, known.check, known.step)
