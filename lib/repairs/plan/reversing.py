"""What takes a remedy back? The very statement, where there is one."""

from __future__ import annotations

from lib.core.remedies import Remedy
from lib.core.steps import Step
from lib.remedies.remedies import KEPT

_EARLIER = f"run the earlier text: {KEPT}"
_RETURNS = "; if the earlier one returned something else, drop the function first"
_WHOLE = ("restore-functions", "restore-triggers", "schedule-maintenance", "restore-rpcs")


def undo_of(step: Step, remedy: Remedy) -> str:
    """What takes it back? Statements first, else words; the runbook's where there are no others."""
    if remedy.undo or step.slug not in _WHOLE:
        return remedy.undo or step.undo_words
    return _EARLIER + _RETURNS * (step.slug in ("schedule-maintenance", "restore-rpcs"))
