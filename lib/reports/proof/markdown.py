"""The proof as Markdown, for an issue, a chat or a wiki."""

from __future__ import annotations

from lib import runbook
from lib.checks import telling
from lib.checks.telling import Fault
from lib.core.results import Report, Status
from lib.core.words import mark, sentence
from lib.reports.markdown import fenced, plain, table
from lib.reports.proof.content import (
    CAVEAT,
    NO_ANSWER,
    ORIGIN,
    answer,
    commands,
    facts,
    milliseconds,
    question,
)


def to_markdown(report: Report, origin: str = ORIGIN) -> str:
    """Verdict, who and when, what is wrong, acceptance, every check, how to repeat it."""
    blocks = [
        f"# {mark(report.status)}: {plain(telling.verdict(report))}",
        table(("", ""), ((f"**{plain(fact.name)}**", plain(fact.value)) for fact in facts(report))),
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


def _wrong(wrong: list[Fault]) -> list[str]:
    blocks = ["## What is wrong, worst first"] if wrong else []
    for fault in wrong:
        finding = fault.finding
        blocks.append(f"### {mark(finding.status)}: {plain(sentence(finding.detail))}")
        blocks += [plain(words) for words in (finding.means, finding.accepted) if words]
        if finding.remedy:
            told = telling.errand(finding.remedy)
            code = fenced(finding.remedy, "sql")
            blocks.append(f"**{told.head}:** {plain(told.words)}" if told else code)
        blocks.append(f"Found by {', '.join(plain(check) for check in fault.checks)}.")
    return blocks


def _acceptance(report: Report) -> str:
    lines = []
    for item in runbook.acceptance(report):
        ticked = "x" if item.status is Status.OK else " "
        look = "" if item.status is Status.OK else f"{mark(item.status)}: "
        lines.append(
            f"- [{ticked}] {look}**{plain(item.title)}**: {plain(sentence(item.evidence))}"
        )
    return "\n".join(lines)


def _checks(report: Report) -> str:
    return table(
        ("status", "check", "summary", "took"),
        (
            (mark(check.standing), plain(check.check), plain(check.summary), milliseconds(check))
            for check in report.checks
        ),
    )


def _observed(report: Report) -> list[str]:
    blocks = []
    for check in report.checks:
        blocks.append(f"**{plain(check.check)}**: {plain(question(check.check))}".rstrip(": "))
        lines = (
            f"- {mark(each.status)}: {plain(sentence(each.detail))}" for each in check.findings
        )
        blocks.append("\n".join(lines) or f"- {mark(check.standing)}: {plain(check.summary)}")
    return blocks


def _drift(report: Report) -> str:
    given = answer(report)
    return NO_ANSWER if given is None else fenced(given, "json")
