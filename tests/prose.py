"""Which words must no finding say? Whoever looks at a drill or a variant reads it for these."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib.core.results import Report

REFUSED = {
    "several of one": re.compile(r"\b1 (?!(?:as|has|is|was)\b)[a-z]+s\b"),
    "(s)": re.compile(r"\(s\)"),
    "mend, for which people say repair": re.compile(r"\bmend(s|ed|ing)?\b", re.IGNORECASE),
}


def refused(report: Report) -> list[str]:
    """What of the prose of this report is refused, and why?"""
    return [
        f"{why}: {text}"
        for text in _prose(report)
        for why, pattern in REFUSED.items()
        if pattern.search(text)
    ]


def _prose(report: Report) -> Iterator[str]:
    for check in report.checks:
        yield check.summary
        for finding in check.findings:
            yield from filter(None, (finding.detail, finding.means, finding.accepted))
