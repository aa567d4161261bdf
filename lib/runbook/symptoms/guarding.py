"""What has the guard to do with a refused row: is it at fault, and does it fire now?

PostgreSQL picks the partition before any trigger runs. So a guard cannot set in time what the
writer left out, and a row that is refused for its month tells nothing of the guard by itself.
"""

from __future__ import annotations

from dataclasses import replace

from lib.checks import guard_behaviour, guard_triggers
from lib.core.guards import Guard
from lib.core.results import Report, Row, Status
from lib.runbook import elsewhere
from lib.runbook.symptoms.symptom import Symptom, guard_of
from lib.trials.obstacles import name_of

WRITER = "repair-the-writer"
_NOT_HERE = "is-it-the-right-database"


def settled(symptom: Symptom, report: Report | None) -> Symptom:
    """The same as this reading lets it be said; both ways where it cannot tell."""
    guard = guard_of(symptom.table)
    if report is None or guard is None:
        return symptom
    fires = guard_fires(report, guard)
    said = symptom.firing if fires else symptom.down
    if fires is None or said is None:
        return symptom
    nothing = elsewhere(report) and said.step != WRITER
    return replace(symptom, cause=said.cause, step=_NOT_HERE if nothing else said.step)


def guard_fires(report: Report, guard: Guard) -> bool | None:
    """Does this guard fire everywhere and behave, by this reading? None where that is not known."""
    if elsewhere(report):
        return False
    rows: list[Row] = [
        row
        for row in guard_triggers.CHECK.of(report).tables.get("triggers", ())
        if row["table"] == guard.table
    ]
    behaves = [
        finding.status
        for finding in guard_behaviour.CHECK.of(report).findings
        if finding.subject in (name_of(guard), guard.relation)
    ]
    if any(row["status"] == Status.CRITICAL.word for row in rows) or Status.CRITICAL in behaves:
        return False
    return True if rows and behaves and Status.UNKNOWN not in behaves else None
