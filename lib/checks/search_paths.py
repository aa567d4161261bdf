"""Does a name without a schema mean another table than the guarded one, for whoever writes?"""

from __future__ import annotations

from lib.core.remedies import advice
from lib.core.results import Finding, Row, Status
from lib.core.words import unqualified
from lib.db.sql import remark

_MEANS = "Rows are written, and no count of the guarded table has them."


def judge_path(row: Row) -> Finding:
    """Whose search_path makes the name of a guarded table mean another table?"""
    who = f"the role {row['name']}" if row["name"] else "every role"
    where = f" in the database {row['database']}" if row["database"] else ""
    detail = (
        f"the search_path of {who}{where} comes to {row['value']} before {row['relation']}: what "
        "such a session writes without naming the schema goes there, unguarded and unseen here"
    )
    remedy = advice(
        f"where that is not meant, put the schema of {remark(row['relation'])} first in it"
    )
    return Finding(
        row["relation"],
        Status.WARNING,
        detail,
        remedy,
        _MEANS,
        code="hidden_by_search_path",
        headline=f"a search_path hides the table {unqualified(row['relation'])}",
    )
