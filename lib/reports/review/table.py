"""The review as one table, for a spreadsheet: a number a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

from lib.core.results import rfc3339
from lib.core.visible import cell
from lib.core.words import APART, NOT_VERIFIED, word
from lib.history.lanes import ALL
from lib.reports.review import wording
from lib.reports.review.content import Review

HEAD = ("week", "part", "name", "measure", "value", "unit")
_Line = tuple[str, str, str, object, str]


def to_csv(known: Review) -> str:
    """week, part, name, measure, value, unit; what was not measured is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEAD)
    for line in (*_checks(known), *_incidents(known), *_numbers(known), *_words(known)):
        writer.writerow([str(known.week), *map(_safe, line)])
    return text.getvalue()


def _safe(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return cell(str(value).strip())


def _minutes(time: timedelta | None) -> float | None:
    return None if time is None else round(time.total_seconds() / 60, 1)


def _checks(known: Review) -> Iterator[_Line]:
    for name, times in known.times.items():
        own = "all checks together" if name == ALL else name
        yield "check", own, "fine", times.share, "share of the time looked at"
        for measure in ("critical", "unknown", "warning", "ok", "unverified"):
            words = NOT_VERIFIED if measure == "unverified" else measure
            yield "check", own, words, _minutes(getattr(times, measure)), "minutes"


def _incidents(known: Review) -> Iterator[_Line]:
    for told in known.incidents:
        own, name = told.incident, rfc3339(told.incident.began)
        yield "incident", name, "checks", wording.what(own), ""
        yield "incident", name, "status", own.status.word, ""
        yield "incident", name, "ended", rfc3339(own.ended) if own.ended else None, ""
        yield "incident", name, "time to detect", _minutes(own.detected), "minutes"
        repaired = _minutes(own.ended - own.began) if own.ended else None
        yield "incident", name, "time to repair", repaired, "minutes"
        if own.reach is not None:
            for what, count in own.reach.named():
                yield "incident", name, what, count, "rows"
        for note in told.notes:
            yield "incident", name, "note", f"{note.by}: {note.text}", ""
    yield "incidents", "all", "mean time to detect", _minutes(known.to_detect.time), "minutes"
    yield "incidents", "all", "mean time to repair", _minutes(known.to_repair.time), "minutes"


def _numbers(known: Review) -> Iterator[_Line]:
    for each in known.measures:
        unit = "share" if each.share else "rows"
        yield "figure", each.name, "worst of the week", each.worst, unit
        yield "figure", each.name, "last", each.last, unit
        yield "figure", each.name, "worst of the week before", each.before, unit
        yield "figure", each.name, "mean of the four weeks before", each.mean, unit
    ready = known.readiness
    yield "next month", ready.month, "status", word(ready.status), ""
    for table, months in ready.ahead.items():
        yield "next month", table, "months ahead", months, "months"


def _words(known: Review) -> Iterator[_Line]:
    for change in known.changes:
        yield "change", rfc3339(change.by), "definition", wording.change(change), ""
    for deed in known.deeds:
        yield "change", rfc3339(deed.at), "deed", deed.words, ""
    for action in known.actions:
        state = "done" if action.done else "open"
        yield "action", state, action.status.word, f"{action.what}: {action.do}", ""
    for name in wording.apart(known):
        yield "check", name, "status", APART, ""
    for line in wording.blind(known):
        yield "gap", NOT_VERIFIED, "time", line, ""
