"""Which lock does a remedy take, and for how long?"""

from __future__ import annotations

from lib.core.remedies import Remedy
from lib.remedies.locks import NONE, PROOF, WRITERS

# By the step, what its files and its longer texts take, where the remedy does not say it.
_BY_STEP = {
    "let-the-role-see": "ACCESS EXCLUSIVE on each table whose policy it makes, for milliseconds",
    "restore-functions": (
        "none on the tables; new rows use the new text from its commit on. The whole file also "
        "puts back a trigger that does not fire: SHARE ROW EXCLUSIVE, for milliseconds"
    ),
    "restore-triggers": WRITERS,
    "restore-foreign-key": (
        "SHARE ROW EXCLUSIVE on both tables and their partitions, twice for milliseconds: writers "
        f"wait; in between {PROOF}"
    ),
    "repair-keys": (
        "as printed here, the repaired rows, until all are done; apply takes a few hundred rows "
        "at a time, and locks all tables that hold their key in SHARE ROW EXCLUSIVE for about 0.2 "
        "s each: writers wait"
    ),
    "forbid-null-keys": (
        f"ACCESS EXCLUSIVE on the table, twice for milliseconds: everybody waits; in between "
        f"{PROOF}"
    ),
    "keep-the-history": "ACCESS EXCLUSIVE on watchtower_checks, for milliseconds",
}


def lock_of(step: str, remedy: Remedy) -> str:
    """Which lock, and how long may it be held?"""
    return remedy.lock or _BY_STEP.get(step, NONE)
