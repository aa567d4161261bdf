"""The proof as one page of HTML: no request to the outside, no script, and it prints well."""

from __future__ import annotations

import functools
from html import escape
from pathlib import Path

from lib import runbook, telling
from lib.looks import LOOKS
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
from lib.results import CheckResult, Report, Status
from lib.telling import Fault

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{drawings}
<main>
{body}
</main>
</body>
</html>
"""


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
    return _PAGE.format(
        title=escape(f"{report.status.word}: {report.database}, {when}"),
        style=_style(),
        drawings=_drawings(),
        body="\n".join(filter(None, parts)),
    )


@functools.cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _drawings() -> str:
    """Each icon once, for the page to refer to."""
    shapes = "".join(
        f'<symbol id="{status.word}" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9.5"/>'
        f'<path d="{look.drawing}"/></symbol>'
        for status, look in LOOKS.items()
    )
    return f'<svg width="0" height="0" class="spoken" aria-hidden="true">{shapes}</svg>'


def _icon(status: Status) -> str:
    return f'<svg class="icon" aria-hidden="true"><use href="#{status.word}"/></svg>'


def _badge(status: Status) -> str:
    """Icon and word on the status colour."""
    return f'<span class="badge {status.word}">{_icon(status)}{status.word}</span>'


def _section(title: str, body: str, name: str) -> str:
    return f'<section class="{name}">\n<h2>{escape(title)}</h2>\n{body}\n</section>'


def _head(report: Report) -> str:
    lines = "".join(
        f"<div><dt>{escape(fact.name)}</dt><dd>{escape(fact.value)}</dd></div>"
        for fact in facts(report)
    )
    return (
        f'<header class="{report.status.word}">\n<p>{_badge(report.status)} '
        "<span>Proof of a verification by Partition Watchtower</span></p>\n"
        f"<h1>{escape(telling.verdict(report))}</h1>\n<dl>{lines}</dl>\n</header>"
    )


def _wrong(wrong: list[Fault]) -> str:
    if not wrong:
        return ""
    return _section("What is wrong, worst first", "\n".join(map(_fault, wrong)), "wrong")


def _fault(fault: Fault) -> str:
    """Badge and fact, what it means, the SQL that mends it: in this order."""
    finding = fault.finding
    parts = [f"<h3>{_badge(finding.status)} {escape(telling.sentence(finding.detail))}</h3>"]
    parts += [f"<p>{escape(words)}</p>" for words in (finding.means, finding.accepted) if words]
    if finding.remedy:
        words = telling.in_words(finding.remedy)
        code = f"<pre>{escape(finding.remedy.rstrip())}</pre>"
        parts.append(f"<p><strong>Do this now:</strong> {escape(words)}</p>" if words else code)
    checks = ", ".join(f"<code>{escape(check)}</code>" for check in fault.checks)
    parts.append(f'<p class="small">Found by {checks}</p>')
    return f'<article class="{finding.status.word}">{"".join(parts)}</article>'


def _acceptance(report: Report) -> str:
    items = "\n".join(
        f"<li>{_badge(item.status)}<div><strong>{escape(item.title)}</strong> "
        f"<span>{escape(telling.sentence(item.evidence))}</span></div></li>"
        for item in runbook.acceptance(report)
    )
    return _section("Acceptance", f"<ul>\n{items}\n</ul>", "acceptance")


def _checks(report: Report) -> str:
    """Each check on a line, and under it what it asks and everything that it saw."""
    return _section("Every check, and what it saw", "\n".join(map(_check, report.checks)), "checks")


def _check(check: CheckResult) -> str:
    lines = "".join(
        f"<li>{_small(finding.status)} <div>{escape(telling.sentence(finding.detail))}</div></li>"
        for finding in check.findings
    )
    return (
        f"<article>{_badge(check.status)}\n<div><h3><code>{escape(check.check)}</code> "
        f"<span>{escape(check.summary)}</span></h3>"
        f"<p>{escape(question(check.check))}</p><ul>{lines}</ul></div>\n"
        f'<span class="ms">{milliseconds(check)}</span></article>'
    )


def _small(status: Status) -> str:
    """A finding's status within its check's: the icon, and the word where it is not ok."""
    if status is not Status.OK:
        return _badge(status)
    return f'<span class="ok">{_icon(status)}<span class="spoken">ok:</span></span>'


def _drift(report: Report) -> str:
    given = answer(report)
    body = f"<p>{NO_ANSWER}</p>" if given is None else f"<pre>{escape(given)}</pre>"
    return _section("The drift RPC's own answer", body, "drift")


def _repeat(report: Report, origin: str) -> str:
    lines = "\n".join(
        f"<p>{escape(name)}</p><pre>{escape(line)}</pre>" for name, line in commands(report, origin)
    )
    return _section("To repeat it", f'{lines}\n<p class="small">{CAVEAT}</p>', "repeat")
