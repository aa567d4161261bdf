"""The proof as Markdown, for an issue, a chat or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lib import runbook, telling
from lib.looks import mark
from lib.proof.content import (
    CAVEAT,
    NO_ANSWER,
    ORIGIN,
    answer,
    commands,
    facts,
    milliseconds,
    question,
)
from lib.results import Report, Status
from lib.telling import Fault

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&!^])")
_LEADING = re.compile(r"^(\d*)([-+.)=])")
_LIVE = re.compile(r"(?i)@|\bwww(?=\.)|:(?=//)|(?<!\d):(?=[\w+\-]+:)|\b(?:mailto|xmpp):")
_JOINER = "\u2060"  # invisible; parts what would become a link or an emoji, or call somebody


def to_markdown(report: Report, origin: str = ORIGIN) -> str:
    """Verdict, who and when, what is wrong, acceptance, every check, how to repeat it."""
    blocks = [
        f"# {mark(report.status)}: {plain(telling.verdict(report))}",
        _table(
            ("", ""), ((f"**{plain(fact.name)}**", plain(fact.value)) for fact in facts(report))
        ),
        *_wrong(telling.faults(report)),
        "## Acceptance",
        _acceptance(report),
        "## Every check",
        _checks(report),
        "## What was observed",
        *_observed(report),
        "## The drift RPC's own answer",
        _drift(report),
        "## To repeat it",
        *(f"{plain(name)}:\n\n{fenced(line, 'sh')}" for name, line in commands(report, origin)),
        f"*{CAVEAT}*",
    ]
    return "\n\n".join(blocks) + "\n"


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


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _wrong(wrong: list[Fault]) -> list[str]:
    blocks = ["## What is wrong, worst first"] if wrong else []
    for fault in wrong:
        finding = fault.finding
        blocks.append(f"### {mark(finding.status)}: {plain(telling.sentence(finding.detail))}")
        blocks += [plain(words) for words in (finding.means, finding.accepted) if words]
        if finding.remedy:
            words = telling.in_words(finding.remedy)
            code = fenced(finding.remedy, "sql")
            blocks.append(f"**Do this now:** {plain(words)}" if words else code)
        blocks.append(f"Found by {', '.join(plain(check) for check in fault.checks)}.")
    return blocks


def _acceptance(report: Report) -> str:
    lines = []
    for item in runbook.acceptance(report):
        ticked = "x" if item.status is Status.OK else " "
        look = "" if item.status is Status.OK else f"{mark(item.status)}: "
        lines.append(
            f"- [{ticked}] {look}**{plain(item.title)}**: {plain(telling.sentence(item.evidence))}"
        )
    return "\n".join(lines)


def _checks(report: Report) -> str:
    return _table(
        ("status", "check", "summary", "took"),
        (
            (mark(check.status), plain(check.check), plain(check.summary), milliseconds(check))
            for check in report.checks
        ),
    )


def _observed(report: Report) -> list[str]:
    blocks = []
    for check in report.checks:
        blocks.append(f"**{plain(check.check)}**: {plain(question(check.check))}".rstrip(": "))
        lines = (
            f"- {mark(each.status)}: {plain(telling.sentence(each.detail))}"
            for each in check.findings
        )
        blocks.append("\n".join(lines))
    return blocks


def _drift(report: Report) -> str:
    given = answer(report)
    return NO_ANSWER if given is None else fenced(given, "json")
