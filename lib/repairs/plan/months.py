"""Which action makes a month's partition, where DEFAULT holds rows of the month, or may hold some?

PostgreSQL attaches no partition then: the move out of DEFAULT makes it as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lib.checks import default_partition_rows, partition_coverage
from lib.core.context import rows_of
from lib.core.guards import GUARDS
from lib.core.results import Report, Status
from lib.remedies.moving import move_default_rows
from lib.remedies.new_months import made_by
from lib.remedies.remedies import partition_of

_CREATES = "create table "
ATTACHED = re.compile(r"^alter table .+ attach partition (.+)\n  for values", re.MULTILINE)


def unseen(report: Report) -> Mapping[str, str]:
    """Whose DEFAULT partition may hold rows that were not seen, by table, and which is it?"""
    blind = {
        finding.subject
        for finding in default_partition_rows.CHECK.of(report).findings
        if finding.status is Status.UNKNOWN
    }
    parts = partition_coverage.CHECK.of(report).tables.get("partitions", ())
    return {
        guard.table: row["relation"]
        for guard in GUARDS
        if guard.relation in blind
        for row in rows_of(guard.table, parts)
        if row["is_default"] and row["depth"] == 1
    }


def careful(text: str, hidden: Mapping[str, str]) -> str:
    """The same, which moves what DEFAULT may hold of these months where that was not seen."""
    made = made_by(text)
    if made is None or made.guard.table not in hidden:
        return text
    default = hidden[made.guard.table]
    return "\n".join(move_default_rows(made.guard, month, default) for month in made.months)


def attached_as_well(text: str, other: str) -> bool:
    """Does this text attach the very table that the other one would make, with its rows?"""
    names = set(ATTACHED.findall(other)) if _CREATES in other and _CREATES not in text else set()
    return bool(names) and names <= set(ATTACHED.findall(text))


def moved_as_well(text: str, moving: set[str]) -> str | None:
    """Which of these partitions, that moves make, is the last that this text would make?

    None where it makes another one too, or none.
    """
    made = made_by(text)
    names = [partition_of(made.guard, month) for month in made.months] if made else []
    return names[-1] if names and moving >= set(names) else None
