"""Which foreign key, or proof of one, must wait for a decision, and which file for a table?"""

from __future__ import annotations

from lib.checks import orphan_rows, partition_coverage
from lib.checks.telling import setup_files
from lib.core.context import rows_of
from lib.core.guards import GUARDS
from lib.core.results import Report, Status
from lib.db.sql import remark
from lib.remedies.constraints import foreign_key, prove, referring
from lib.remedies.remedies import table_of, text_of

_LOST = "-- a decision: bring the session back"
_WAIT = "-- first decide about the events without a session; the plan then has the rows compared"


def lost(report: Report) -> bool:
    """Are there rows whose session is nowhere, so that no foreign key holds for all?"""
    return any(
        finding.status is not Status.OK and (finding.remedy or "").startswith(_LOST)
        for finding in orphan_rows.CHECK.of(report).findings
    )


def without_proof(text: str) -> str:
    """The same without the comparison of all rows, which such a row would end with an error."""
    for guard in GUARDS:
        if referring(guard):
            text = text.replace(prove(table_of(guard)), "").rstrip("\n")
    return text or _WAIT


def possible(text: str, report: Report) -> str:
    """The same, or why PostgreSQL takes no such foreign key: a partition is a foreign table."""
    parts = partition_coverage.CHECK.of(report).tables.get("partitions", ())
    for guard in GUARDS:
        far = [row["relation"] for row in rows_of(guard.table, parts) if row["kind"] == "f"]
        if guard.reference and far and text_of(foreign_key(guard)) in text:
            return f"-- first bring the rows of {remark(far[0])} into a plain partition"
    return text


def needs_table(remedy: str, report: Report) -> bool:
    """Is it a file of the setup that stops, since a guarded table is missing?"""
    missing = {f"{guard.relation} does not exist" for guard in GUARDS if guard.partitioned}
    said = {finding.detail for finding in partition_coverage.CHECK.of(report).findings}
    return bool(missing & said and setup_files(remedy))
