"""What has the guard to do with a refused row: is it at fault, and does it fire now?

PostgreSQL picks the partition before any trigger runs. So a guard cannot set in time what the
writer left out, and a row that is refused for its month tells nothing of the guard by itself.
"""

from __future__ import annotations

from dataclasses import replace

from lib.core.guards import Guard
from lib.core.results import Report, Row, Status
from lib.runbook import elsewhere
from lib.runbook.symptoms.symptom import InState, Symptom, guard_of

WRITER = "mend-the-writer"
SEND_THE_MONTH = (
    "The writer must send the month itself: PostgreSQL picks the partition before the guard runs. "
    "It is the first day of the month of created_at in UTC, and for an event that of its session."
)
_NOT_HERE = "is-it-the-right-database"


def no_month(sign: str, relation: str, key: str) -> Symptom:
    """The row had no month, and there is no DEFAULT: no guard had a chance to set it."""
    what = f"A row for {relation} came without {key}, and no partition takes such a row."
    cause = f"{SEND_THE_MONTH} No guard could have set it: whether one fires, the check tells."
    return Symptom(
        sign,
        what,
        cause,
        "guard_triggers",
        WRITER,
        table=relation,
        firing=InState(f"{SEND_THE_MONTH} The guard fires: it is not at fault.", WRITER),
        down=InState(
            f"{SEND_THE_MONTH} Its guard is also down by the last reading, which is another fault.",
            WRITER,
        ),
    )


def key_left_null(sign: str, relation: str, where: str) -> Symptom:
    """The month was null when the row was checked: no guard had set it."""
    what = f"A row came without {where}, and was refused."
    cause = (
        "No guard set it: that is missing, disabled or emptied, or the session that wrote has "
        "triggers switched off (session_replication_role); the checks of the guard tell. "
        f"{SEND_THE_MONTH}"
    )
    now_on = (
        "Its guard fires by the last reading: it was down when this was refused, or the session "
        f"that wrote has triggers switched off (session_replication_role). {SEND_THE_MONTH}"
    )
    down = f"Its guard, which would have set it, is down by the last reading. {SEND_THE_MONTH}"
    return Symptom(
        sign,
        what,
        cause,
        "guard_triggers",
        "restore-triggers",
        table=relation,
        firing=InState(now_on, WRITER),
        down=InState(down, "restore-triggers"),
    )


def call_without_month(sign: str, where: str) -> Symptom:
    """A call's month may be null in front of a healthy guard: it fills some rows alone."""
    what = f"A row came without {where}, and was refused."
    cause = (
        "Its guard sets the month only of a call that names a session in matched_session_id, and "
        "may be gone. The writer must send it otherwise."
    )
    return Symptom(sign, what, cause, "", WRITER)


def pair_not_there(sign: str, what: str, relation: str) -> Symptom:
    """No session of that id in that month: never stored, or the month is wrong."""
    older = "Where this came from adding the foreign key: older rows break it; repair the keys."
    cause = (
        "The session was never stored; or it stands in another month, and the events guard, which "
        f"would have looked that up, is down. {older}"
    )
    return Symptom(
        sign,
        what,
        cause,
        "orphan_rows",
        "repair-keys",
        table=relation,
        firing=InState(
            "The guard fires by the last reading, so the session was not stored, or deleted before "
            f"the commit: send it first, or in the same transaction. {older}",
            WRITER,
        ),
        down=InState(
            "The events guard, which would have looked up the month, is down by the last reading: "
            f"the session stands in another month, or was never stored. {older}",
            "restore-triggers",
        ),
    )


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
        for row in report["guard_triggers"].tables.get("triggers", ())
        if row["table"] == guard.table
    ]
    behaves = [
        finding.status
        for finding in report["guard_behaviour"].findings
        if guard.function in finding.detail or finding.subject == guard.relation
    ]
    if any(row["status"] == Status.CRITICAL.word for row in rows) or Status.CRITICAL in behaves:
        return False
    return True if rows and behaves and Status.UNKNOWN not in behaves else None
