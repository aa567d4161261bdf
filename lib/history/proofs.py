"""How is what a verification has proven kept in its row, for the refreshes of every process?

Of functions and sets of triggers what trying them proved, by their digests; of older rows what was
read. What cannot be read of a row, an older version's say, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from lib.checks import older_rows
from lib.core import remedies
from lib.core.context import Verdict
from lib.core.results import STATUSES, CheckResult, Finding, Row
from lib.history.renamed import today

_DATES, _MOMENTS = ("low", "high"), ("at", "since", "first_seen", "last_seen")


def proven(checks: Iterable[CheckResult]) -> Mapping[str, Verdict]:
    """What did these results prove, by digest of a definition or by question?"""
    known = tuple(checks)
    tried = {
        row["definition"]: row["verdict"]
        for check in known
        for row in check.tables.get("verdicts", ())
    }
    return {**tried, **older_rows.proven(*known)}


def to_json(found: Mapping[str, Verdict]) -> list[dict[str, Any]]:
    """As a row keeps it: without the single tries, and neighbours that are right as one."""
    return [
        {
            "function": verdict.function,
            "definition": verdict.definition,
            "behaves": verdict.behaves,
            "refuses": verdict.refuses,
            "finding": {**verdict.finding.to_row(), "means": verdict.finding.means},
            "older": list(_folded(verdict.trials)) if key == verdict.function else [],
        }
        for key, verdict in found.items()
    ]


def from_json(kept: Any) -> dict[str, Verdict]:
    """The same, read again."""
    found: dict[str, Verdict] = {}
    for each in kept if isinstance(kept, list) else ():
        try:
            said = each["finding"]
            finding = Finding(
                str(said["subject"]),
                STATUSES[said["status"]],
                str(said["detail"]),
                remedies.from_json(said.get("remedies"), said["remedy"]),
                said["means"] if isinstance(said["means"], str) else None,
                code=str(said.get("code") or ""),
                headline=str(said.get("headline") or ""),
            )
            trials = tuple(map(_unfolded, each["older"]))
            definition = today(str(each["definition"]))
            found[definition] = Verdict(
                today(str(each["function"])),
                definition,
                _yes_or_no(each["behaves"]),
                finding,
                trials,
                _yes_or_no(each.get("refuses")),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return found


def _yes_or_no(kept: Any) -> bool | None:
    return kept if isinstance(kept, bool) else None


def _folded(parts: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The partitions that were read: thousands where all is right are a row or two."""
    last: dict[str, Any] | None = None
    for part in sorted(parts, key=lambda part: part["low"]):
        own = dict(part)
        if last is not None and _alike(last, own):
            last = {**last, "high": own["high"]}
            continue
        if last is not None:
            yield _plain(last)
        last = own
    if last is not None:
        yield _plain(last)


def _alike(one: Row, next_one: Row) -> bool:
    """Do they touch, and is there the same to be said of both: nothing, or why they were unread?"""
    said = ("why", "at", "since", "rows")
    same = all(one[name] == next_one[name] for name in said)
    return same and not one["rows"] and one["high"] == next_one["low"]


def _plain(part: Row) -> dict[str, Any]:
    moments = {name: part[name].isoformat() for name in (*_DATES, *_MOMENTS) if part[name]}
    return {**part, **moments, "keys": [str(key) for key in part["keys"]]}


def _unfolded(part: Mapping[str, Any]) -> Row:
    return {
        **part,
        "key": today(str(part["key"])),
        **{name: date.fromisoformat(part[name]) for name in _DATES},
        **{name: part[name] and datetime.fromisoformat(part[name]) for name in _MOMENTS},
        "keys": [date.fromisoformat(key) for key in part["keys"]],
        "rows": int(part["rows"]),
        "why": part["why"],
        "capped": bool(part["capped"]),
    }
