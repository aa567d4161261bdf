"""Which action makes a month's partition, where DEFAULT holds rows of the month, or may hold some?

PostgreSQL attaches no partition then: the move out of DEFAULT makes it as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from lib.checks import default_partition_rows, partition_coverage
from lib.core.context import rows_of
from lib.core.declaration import declared
from lib.core.remedies import Kind, Months, Remedies, Remedy
from lib.core.results import Report, Status
from lib.remedies.moving import move_default_rows
from lib.remedies.remedies import partition_of


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
        for guard in declared()
        if guard.relation in blind
        for row in rows_of(guard.table, parts)
        if row["is_default"] and row["depth"] == 1
    }


def careful(remedy: Remedy, hidden: Mapping[str, str]) -> Remedies:
    """The same, which moves what DEFAULT may hold of these months where that was not seen."""
    made = remedy.makes
    if made is None or remedy.kind is not Kind.STATEMENTS or made.guard.table not in hidden:
        return (remedy,)
    default = hidden[made.guard.table]
    return sum((move_default_rows(made.guard, month, default) for month in made.months), ())


def together(moves: Remedies) -> Remedy:
    """Several of these moves as one remedy."""
    known = [each.moves for each in moves if each.moves]
    months = tuple(month for each in known for month in each.months)
    return replace(
        moves[0],
        sql="\n".join(each.whole for each in moves),
        proof="",
        moves=Months(known[0].guard, months),
        attaches=tuple(name for each in moves for name in each.attaches),
    )


def attached_as_well(one: Remedy, other: Remedy) -> bool:
    """Does the one attach the very table that the other would make, with its rows?"""
    makes = other.moves and not one.moves
    return bool(makes) and set(other.attaches) <= set(one.attaches)


def moved_as_well(remedy: Remedy, moving: Collection[str]) -> str | None:
    """Which of these partitions, that moves make, is the last that this remedy would make?

    None where it makes another one too, or none.
    """
    made = remedy.makes
    names = [partition_of(made.guard, month) for month in made.months] if made else []
    return names[-1] if names and set(moving) >= set(names) else None
