"""What does somebody on call do, in which order, and how do they know that it is over?

The runbook as data: steps in five phases, each with its live state out of a report, and the SQL to
copy. Pure: no connection, nothing here runs anything.
"""

from lib.core.steps import Phase, Statement, Step
from lib.runbook.criteria import Item, acceptance
from lib.runbook.live import (
    STEPS,
    Live,
    due,
    elsewhere,
    live,
    of_phase,
    statements,
    step,
    step_of,
    step_of_file,
)

__all__ = [
    "STEPS",
    "Item",
    "Live",
    "Phase",
    "Statement",
    "Step",
    "acceptance",
    "due",
    "elsewhere",
    "live",
    "of_phase",
    "statements",
    "step",
    "step_of",
    "step_of_file",
]
