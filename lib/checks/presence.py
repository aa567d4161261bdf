"""Which of the optional guarded tables are there?"""

from __future__ import annotations

from lib.database import Transaction
from lib.guards import REQUIRED, Guard, among
from lib.results import Report


def present(transaction: Transaction, guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """These guards without the optional ones whose table or columns are not there."""
    asked = [guard for guard in guards if guard.optional]
    if not asked:
        return guards
    rows = transaction.rows(
        "checks/optional_tables",
        schemas=[guard.schema for guard in asked],
        tables=[guard.table for guard in asked],
        columns=[",".join(_needed(guard)) for guard in asked],
    )
    there = {row["table_name"] for row in rows}
    return tuple(guard for guard in guards if not guard.optional or guard.table in there)


def _needed(guard: Guard) -> list[str]:
    """Which columns make it this guarded table?"""
    return [guard.key, *([guard.reference.column] if guard.reference else [])]


def looked_at(guard: Guard, report: Report) -> bool:
    """Was this table there for this run?"""
    return not guard.optional or guard.table in report.optional


def guards_of(report: Report | None) -> tuple[Guard, ...]:
    """Which guards does this report speak of? Without one, those that must be there."""
    return REQUIRED if report is None else among(report.optional)
