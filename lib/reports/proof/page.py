"""The proof as one page of HTML: no request to the outside, no script, and it prints well."""

from __future__ import annotations

from html import escape
from pathlib import Path

from lib import runbook
from lib.checks import telling
from lib.checks.telling import Fault
from lib.core.results import CheckResult, Report, Status
from lib.core.words import sentence
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
from lib.reports.sheet import badge, document, icon, section


def to_html(report: Report, origin: str = ORIGIN) -> str:
    """Verdict, who and when, what is wrong, acceptance, every check, how to repeat it."""
    parts = (
        _head(report),
        _wrong(telling.faults(report)),
        _acceptance(report),
        _checks(report),
        _drift(report),
        _repeat(report, origin),
    )
    when = facts(report)[0].value
    return document(
        f"{report.status.word}: {report.database}, {when}",
        Path(__file__).with_name("page.css"),
        "\n".join(filter(None, parts)),
    )


def _head(report: Report) -> str:
    lines = "".join(
        f"<div><dt>{escape(fact.name)}</dt><dd>{escape(fact.value)}</dd></div>"
        for fact in facts(report)
    )
    return (
        f'<header class="{report.status.word}">\n<p>{badge(report.status)} '
        "<span>Proof of a verification by Partition Watchtower</span></p>\n"
        f"<h1>{escape(telling.verdict(report))}</h1>\n<dl>{lines}</dl>\n</header>"
    )


def _wrong(wrong: list[Fault]) -> str:
    if not wrong:
        return ""
    return section("What is wrong, worst first", "\n".join(map(_fault, wrong)), "wrong")


def _fault(fault: Fault) -> str:
    """Badge and fact, what it means, the SQL that mends it: in this order."""
    finding = fault.finding
    parts = [f"<h3>{badge(finding.status)} {escape(sentence(finding.detail))}</h3>"]
    parts += [f"<p>{escape(words)}</p>" for words in (finding.means, finding.accepted) if words]
    if finding.remedy:
        told = telling.errand(finding.remedy)
        code = f"<pre>{escape(finding.remedy.rstrip())}</pre>"
        words = told and f"<p><strong>{told.head}:</strong> {escape(told.words)}</p>"
        parts.append(words or code)
    checks = ", ".join(f"<code>{escape(check)}</code>" for check in fault.checks)
    parts.append(f'<p class="small">Found by {checks}</p>')
    return f'<article class="{finding.status.word}">{"".join(parts)}</article>'


def _acceptance(report: Report) -> str:
    items = "\n".join(
        f"<li>{badge(item.status)}<div><strong>{escape(item.title)}</strong> "
        f"<span>{escape(sentence(item.evidence))}</span></div></li>"
        for item in runbook.acceptance(report)
    )
    return section("Acceptance", f"<ul>\n{items}\n</ul>", "acceptance")


def _checks(report: Report) -> str:
    """Each check on a line, and under it what it asks and everything that it saw."""
    return section("Every check, and what it saw", "\n".join(map(_check, report.checks)), "checks")


def _check(check: CheckResult) -> str:
    lines = "".join(
        f"<li>{_small(finding.status)} <div>{escape(sentence(finding.detail))}</div></li>"
        for finding in check.findings
    )
    return (
        f"<article>{badge(check.standing)}\n<div><h3><code>{escape(check.check)}</code> "
        f"<span>{escape(check.summary)}</span></h3>"
        f"<p>{escape(question(check.check))}</p><ul>{lines}</ul></div>\n"
        f'<span class="ms">{milliseconds(check)}</span></article>'
    )


def _small(status: Status) -> str:
    """A finding's status within its check's: the icon, and the word where it is not ok."""
    if status is not Status.OK:
        return badge(status)
    return f'<span class="ok">{icon(status)}<span class="spoken">ok:</span></span>'


def _drift(report: Report) -> str:
    given = answer(report)
    body = f"<p>{NO_ANSWER}</p>" if given is None else f"<pre>{escape(given)}</pre>"
    return section("The drift RPC's own answer", body, "drift")


def _repeat(report: Report, origin: str) -> str:
    lines = "\n".join(
        f"<p>{escape(name)}</p><pre>{escape(line)}</pre>" for name, line in commands(report, origin)
    )
    return section("To repeat it", f'{lines}\n<p class="small">{CAVEAT}</p>', "repeat")
