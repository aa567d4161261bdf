"""What was verified, as one file to keep, to send or to print: JSON, Markdown or HTML.

Pure: a Report in, text out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lib.checks import by_name, telling
from lib.core.results import CheckResult, Report, rfc3339
from lib.core.words import by_status, last_days, moment, outside, who
from lib.reports.rendering import render
from lib.runbook.criteria import acceptance

ORIGIN = "http://127.0.0.1:8501"
ENDPOINT = "/api/watchtower/partition-drift"
CAVEAT = (
    "This is what one verification found at that moment. It says nothing about any other moment: "
    "to know about now, verify again."
)
NO_ANSWER = "None: the RPC is missing, or it raised."


def facts(report: Report) -> tuple[tuple[str, str], ...]:
    """When, by whom, on which database, as which role, over which window? What, and how it was."""
    since = _since(report)
    return (
        ("Verified", f"{report.checked_at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"),
        ("By", who(report.who, report.face)),
        ("Database", report.database),
        ("Server", f"PostgreSQL {report.server_version}"),
        ("As the role", report.role),
        ("Recent means", last_days(report.window_days)),
        *(() if since is None else (("Rows also counted since", moment(since)),)),
        ("Took", f"{report.duration_ms:,} ms"),
        ("Checks", _counted(report)),
    )


def _counted(report: Report) -> str:
    """1 critical, 2 warning, 17 ok."""
    told = (
        by_status(check.status for check in report.applying),
        outside(len(report.apart)) if report.apart else "",
    )
    return ", ".join(filter(None, told))


def milliseconds(check: CheckResult) -> str:
    """How long did it take?"""
    return f"{round(1000 * check.seconds):,} ms"


def question(check: str) -> str:
    """What does this check ask? Nothing is known of one that is no check of ours."""
    known = by_name(check)
    return known.question if known else ""


def answer(report: Report) -> str | None:
    """The drift RPC's own answer, as it gave it."""
    if report.drift is None:
        return None
    return json.dumps(dict(report.drift), indent=2, ensure_ascii=False, default=str)


def commands(report: Report | None, origin: str) -> tuple[tuple[str, str], ...]:
    """How is the same asked again, over HTTP and on the command line? What, and the line."""
    window = "" if report is None else f" --window {report.window_days}"
    if report is not None and (since := _since(report)) is not None:
        window += f" --since {rfc3339(since)}"
    return (
        (
            "Over HTTP, where the dashboard runs",
            f'curl -X POST -H "Authorization: Bearer $WATCHTOWER_SECRET" {origin}{ENDPOINT}',
        ),
        (
            "On the command line, in the project's folder",
            f".venv/bin/python -m lib verify{window}",
        ),
        (
            "The same, kept as a proof",
            f".venv/bin/python -m lib verify{window} --proof proof.html",
        ),
    )


def _since(report: Report) -> datetime | None:
    """Since which moment were rows counted by themselves, if any: the last repair?"""
    told = [check.tables["since"] for check in report.checks if check.tables.get("since")]
    return told[0][0]["since"] if told else None


def file_name(report: Report, suffix: str) -> str:
    """How is the file called? By the moment of the verification, UTC."""
    return f"partition-watchtower-{report.checked_at.astimezone(UTC):%Y%m%dT%H%M%SZ}{suffix}"


def to_json(report: Report, origin: str = ORIGIN) -> str:
    """The endpoint's body, and with it who asked, where, and what the acceptance list says."""
    body = report.to_json()
    body["checks"] = [
        {**sent, "duration_ms": round(1000 * check.seconds)}
        for sent, check in zip(body["checks"], report.checks, strict=True)
    ]
    told: dict[str, Any] = {
        **body,
        "verdict": telling.verdict(report),
        "who": report.who,
        "face": report.face,
        "database": report.database,
        "server_version": report.server_version,
        "role": report.role,
        "window_days": report.window_days,
        "acceptance": [
            {"title": item.title, "status": item.status.word, "evidence": item.evidence}
            for item in acceptance(report)
        ],
        "repeat": [line for _, line in commands(report, origin)],
    }
    return json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"


def to_html(report: Report, origin: str = ORIGIN) -> str:
    """Verdict, who and when, what is wrong, acceptance, every check, how to repeat it."""
    return render("proof.html.j2", **_values(report, origin))


def to_markdown(report: Report, origin: str = ORIGIN) -> str:
    """The same, for an issue, a chat or a wiki."""
    return render("proof.md.j2", **_values(report, origin))


def _values(report: Report, origin: str) -> dict[str, Any]:
    return {
        "report": report,
        "verdict": telling.verdict(report, badge=True),
        "facts": facts(report),
        "faults": telling.faults(report),
        "title": telling.title,
        "more": telling.more,
        "errand": telling.errand,
        "acceptance": acceptance(report),
        "question": question,
        "milliseconds": milliseconds,
        "answer": answer(report),
        "commands": commands(report, origin),
        "caveat": CAVEAT,
        "no_answer": NO_ANSWER,
    }


FORMATS: dict[str, Callable[[Report, str], str]] = {
    ".html": to_html,
    ".md": to_markdown,
    ".json": to_json,
}
