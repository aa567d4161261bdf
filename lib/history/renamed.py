"""What is today's form of what a row of the history says in a former one: a check's name, say?

Rows are never changed, so every reader of one asks here: an incident that has begun under the one
name goes on under the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.checks import CHECKS
from lib.core.declaration import declared

_ENDS = {"older": ", older", "since": ", since "}
_TODAY = {former: check.name for check in CHECKS for former in check.formerly}


def today(name: str) -> str:
    """The name of today; also at the head of a question, as "orphan_rows: public.events" is."""
    head, colon, rest = name.partition(": ")
    return f"{_TODAY.get(head, head)}{colon}{rest}"


def rows_today(finding: Mapping[str, Any]) -> dict[str, str]:
    """Of whose older rows does it speak, or of whose since a moment: the fields of a Finding.

    A row of before these were kept says it by the end of the subject alone.
    """
    subject = str(finding.get("subject"))
    former = {
        name: guard.relation
        for guard in declared()
        for name, end in _ENDS.items()
        if subject.startswith(f"{guard.relation}{end}")
    }
    return former | {name: str(finding[name]) for name in _ENDS if finding.get(name)}


def deed_today(details: Mapping[str, Any]) -> dict[str, Any]:
    """The same of what a person did, or an alert said: of one check, or of several by name."""
    found = dict(details)
    if isinstance(found.get("check"), str):
        found["check"] = today(found["check"])
    if isinstance(found.get("checks"), dict):
        found["checks"] = {today(str(name)): word for name, word in found["checks"].items()}
    return found
