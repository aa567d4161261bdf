"""What is the likely cause of what a check finds, and which step of the runbook follows?"""

from __future__ import annotations

import re

from lib.checks import by_name
from lib.runbook import step_of
from lib.runbook.symptoms.symptom import Symptom

_HISTORY = "The table or the role's rights on it are missing."
_NOT_HERE = re.compile(
    r"not partitioned(?:: one plain| and not guarded)|is partitioned or guarded", re.IGNORECASE
)
_ANOTHER = "This is another database than the guards are for, or its months were never parted."


def cause_of(check: str) -> str:
    """The likely cause of what this check finds."""
    known = by_name(check)
    return known.cause if known else _HISTORY


def of_check(check: str, sign: str, what: str) -> Symptom:
    """What a report, a finding or an answer says of this check."""
    if _NOT_HERE.search(what):
        return Symptom(sign, what, _ANOTHER, check, "is-it-the-right-database")
    return Symptom(sign, what, cause_of(check), check, step_of(check).slug)
