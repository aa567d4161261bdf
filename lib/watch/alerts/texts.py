"""In which words is it said: what, since when, what to run, and where to look? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lib.checks import by_name
from lib.checks.telling import also, errand, faults, more, title
from lib.core.remedies import Remedies, shown
from lib.core.results import Report, Status
from lib.core.statements import readable
from lib.core.words import duration, second
from lib.settings.channels import Level, Message
from lib.watch.alerts.rules import Event

PLAN = "python -m lib plan"
_LONGEST_SQL, _MOST_LINES = 900, 16
_LONGEST_TITLE = 140


@dataclass(frozen=True)
class Known:
    """What a message needs beside the event: which database, where to look, and since when.

    `report` is the run's, word for word; None where it cannot be read. `before` is when it was
    last seen ok, None where that is not known.
    """

    place: str
    address: str | None
    since: datetime
    before: datetime | None = None
    report: Report | None = None


def told(event: Event, known: Known, now: datetime) -> Message:
    """The message for this event."""
    if event.kind == "recovery":
        return _recovered(event, known)
    worst = max(event.wrong.values())
    first = {"more": "also ", "reminder": "still "}.get(event.kind, "") + worst.word
    said, what, remedy, checks = _worst(known.report, event.wrong)
    lines = [
        f"What: {what}",
        f"Not ok: {_named(event.wrong)}",
        *([f"Does not apply: {', '.join(event.run.apart)}"] if event.run.apart else []),
        f"Since: {_since(known, now)}",
        f"Database: {known.place}",
        *remedy,
        *_explained(known.address, checks),
    ]
    return _message(f"{first}: {said}", lines, known, "failure")


def unreachable(why: str, known: Known, *, still: bool) -> Message:
    """Nothing can be seen: said by each copy by itself, for there is no database to agree in."""
    lines = [
        f"What: {why}",
        "Whether the guards hold is unknown until it answers.",
        f"Since: {second(known.since)}",
        *([f"Database: {known.place}"] if known.place else []),
        'Run: psql "$DATABASE_URL" -c "select 1"',
        "Each copy that cannot reach the database sends this message.",
    ]
    return _message(f"{'still ' if still else ''}unknown: {why}", lines, known, "failure")


def answers_again(report: Report, known: Known, now: datetime) -> Message:
    """It can be seen again; what is found is another matter, and said too."""
    since = known.since
    lines = [
        f"What: the database could not be seen from {second(since)} to {second(now)} "
        f"({duration(now - since)})",
        f"It is {report.status.word} now.",
        f"Database: {known.place}",
    ]
    level: Level = "success" if report.ok else "warning"
    return _message(f"the database answers again ({report.status.word})", lines, known, level)


def _recovered(event: Event, known: Known) -> Message:
    end = event.run.at
    lines = [
        f"What was not ok: {_named(event.wrong)}",
        f"From {second(known.since)} to {second(end)} ({duration(end - known.since)})",
        f"Database: {known.place}",
    ]
    warnings = [check for check, status in event.run.checks.items() if status is Status.WARNING]
    if warnings:
        lines.append(f"Warnings that remain: {', '.join(sorted(warnings))}")
    return _message(f"ok again after {duration(end - known.since)}", lines, known, "success")


def _message(title: str, lines: Iterable[str], known: Known, level: Level) -> Message:
    link = [f"Look: {known.address}"] if known.address else []
    short = title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
    return Message(f"Partition Watchtower: {short}", "\n".join((*lines, *link)), level)


def _explained(address: str | None, checks: Iterable[str]) -> list[str]:
    """Where does it say what this check means and what to do? Where an address is set."""
    known = next(filter(None, map(by_name, checks)), None)
    return [f"What it means: {address.rstrip('/')}/{known.docs}"] if address and known else []


def _worst(
    report: Report | None, wrong: Mapping[str, Status]
) -> tuple[str, str, list[str], Iterable[str]]:
    """The worst in a headline, in whole with how much more there is, what to run, who says it."""
    found = [] if report is None else faults(report)
    if not found or found[0].finding.status < Status.UNKNOWN:
        names = ", ".join(wrong)
        said = f"{names} {'is' if len(wrong) == 1 else 'are'} not ok"
        return said, said, [f"Run: {PLAN}"], wrong
    worst = found[0].finding
    said = _line(title(worst))
    what = f"{_line(more(worst)) or f'{said}.'} {also(found[1:])}".strip()
    return said, what, _remedy(worst.remedies), found[0].checks


def _line(text: str) -> str:
    """The text on one line: what somebody named in the database may hold ends of lines."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _remedy(remedies: Remedies) -> list[str]:
    """The SQL where it is short; the command that prints all of it."""
    plan = f"Run: {PLAN}, which prints the SQL that repairs it"
    if not remedies:
        return [plan]
    if (told := errand(remedies)) is not None:
        return [f"{told.head}: {told.words}"] if told.decides else [f"Do: {told.words}", plan]
    remedy = shown(remedies)
    lines = readable(remedy).strip().splitlines()
    if len(remedy) > _LONGEST_SQL or len(lines) > _MOST_LINES:
        return [plan]
    return ["Run, as the owner:", *(f"  {line}" for line in lines), f"or {PLAN}, for all of it"]


def _named(wrong: Mapping[str, Status]) -> str:
    worst_first = sorted(wrong, key=lambda check: (-wrong[check], check))
    return ", ".join(f"{check} ({wrong[check].word})" for check in worst_first)


def _since(known: Known, now: datetime) -> str:
    seen = f"first seen {second(known.since)} ({duration(now - known.since)} ago)"
    return f"{seen}, still ok at {second(known.before)}" if known.before else seen
