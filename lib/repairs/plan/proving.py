"""Which foreign key, or proof of one, must wait for a decision, and which file for a table?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks import orphan_rows, partition_coverage
from lib.core.context import rows_of
from lib.core.declaration import declared
from lib.core.remedies import Remedies, Remedy, advice, files_of
from lib.core.results import Report
from lib.db.sql import remark

_WAIT = advice(
    "first decide about the events without a session; the plan then has the rows compared"
)


def lost(report: Report) -> bool:
    """Are there rows whose session is nowhere, so that no foreign key holds for all?"""
    return any(each.code == orphan_rows.ORPHANED for each in orphan_rows.CHECK.of(report).findings)


def without_proof(remedy: Remedy) -> Remedies:
    """The same without the comparison of all rows, which such a row would end with an error."""
    return (replace(remedy, proof=""),) if remedy.sql or not remedy.proof else _WAIT


def possible(remedy: Remedy, report: Report) -> Remedies:
    """The same, or why PostgreSQL takes no such foreign key: a partition is a foreign table."""
    parts = partition_coverage.CHECK.of(report).tables.get("partitions", ())
    for guard in declared():
        far = [row["relation"] for row in rows_of(guard.table, parts) if row["kind"] == "f"]
        if far and remedy.ties == guard.relation:
            return advice(f"first bring the rows of {remark(far[0])} into a plain partition")
    return (remedy,)


def needs_table(remedies: Remedies, report: Report) -> bool:
    """Is it a file of the setup that stops, since a guarded table is missing?"""
    said = partition_coverage.CHECK.of(report).findings
    return bool(any(each.code == "table_missing" for each in said) and files_of(remedies))
