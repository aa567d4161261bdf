"""Which words must nobody read, in findings of the drills, in texts of the program, in the docs?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib.checks import telling
from lib.core.results import HEADLINE, Finding, Report, Status

WORDS = {  # what must be read twice, for what people say
    "repair, not mend": re.compile(r"\bmend(s|ed|ing)?\b", re.IGNORECASE),
    "separated, not parted": re.compile(r"\bparted\b", re.IGNORECASE),
    "consecutive, not on end": re.compile(r"\bon end\b", re.IGNORECASE),
    "starts in, not turns in": re.compile(r"\bturns in\b", re.IGNORECASE),
    "what it is, not below also": re.compile(r"\bbelow also\b", re.IGNORECASE),
    "one or several, not (s)": re.compile(r"\(s\)"),
}
ROLES = ("anon", "authenticated", "watchtower")
REFUSED = {**WORDS, "several of one": re.compile(r"\b1 (?!(?:as|has|is|was)\b)[a-z]+s\b")}


def refused(report: Report) -> list[str]:
    """What of the prose of this report is refused, and why?"""
    words = [
        f"{why}: {text}"
        for text in _prose(report)
        for why, pattern in REFUSED.items()
        if pattern.search(text)
    ]
    return words + [
        f"{why}: {check.check}: {finding.headline or finding.detail}"
        for check in report.checks
        for finding in check.findings
        for why in _lacks(finding)
    ]


def _prose(report: Report) -> Iterator[str]:
    yield telling.verdict(report)
    for check in report.checks:
        yield check.summary
        for finding in check.findings:
            told = (finding.headline, finding.detail, finding.means, finding.accepted)
            yield from filter(None, told)


def _lacks(finding: Finding) -> Iterator[str]:
    if not finding.code:
        yield "no code"
    if finding.status is Status.OK:
        return
    if not finding.headline:
        yield "no headline"
    elif finding.headline.endswith("…") or len(telling.headline(finding)) > HEADLINE:
        yield "a headline that is too long"
    first = telling.title(finding).split(" ", 1)[0]
    if first.isalpha() and first.islower() and first not in (*ROLES, *finding.subject.split(".")):
        yield "a small letter before a headline, which begins with no name (telling.py)"
