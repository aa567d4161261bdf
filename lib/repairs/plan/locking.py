"""Which lock does a statement of the plan take, and for how long?"""

from __future__ import annotations

import re

_EVERYBODY = "ACCESS EXCLUSIVE on the table and its partitions, for milliseconds: everybody waits"
_WRITERS = "SHARE ROW EXCLUSIVE on the table and its partitions, for milliseconds: writers wait"
_NONE = "none on the tables"
_PROOF = "every row is compared under locks that keep neither readers nor writers waiting"
_MAKES = (
    "ACCESS EXCLUSIVE on the DEFAULT partition while it is read for rows of the month, and for a "
    "partition of events SHARE ROW EXCLUSIVE on sessions, to which its foreign key refers; it "
    "gives up after a moment without them"
)
_MOVES = (
    "ACCESS EXCLUSIVE on both tables for the exchange, which compares the rows with their copy: "
    "everybody waits, for well under a second up to some ten thousand rows. Copying before it and "
    "proving the foreign key after it keep nobody waiting"
)

# By what stands in a text that is no file: the first of these that is found in it.
_BY_TEXT = (
    (
        r"\A(?:--[^\n]*\n)*(?i:grant|revoke|create or replace function|alter (?!table|trigger))",
        _NONE,
    ),
    (r"\$months\$", _MAKES),
    (r"detach partition \S+ finalize", "ACCESS EXCLUSIVE on the partition, for milliseconds"),
    (r"detach partition", _MOVES),
    (
        r"attach partition",
        f"ACCESS EXCLUSIVE on both tables, for milliseconds: everybody waits; before it {_PROOF}",
    ),
    (r"\$drop\$|^alter trigger", _EVERYBODY),
    (r"enable trigger", "SHARE ROW EXCLUSIVE on what is named, for milliseconds: writers wait"),
    (r"create or replace trigger", _WRITERS),
    (r"^alter table \S+ validate constraint", f"SHARE UPDATE EXCLUSIVE: {_PROOF}"),
    (
        r"^alter table \S+ drop constraint \S+;\ncreate temporary table referring",
        "ACCESS EXCLUSIVE on both tables and their partitions, once for milliseconds: everybody "
        f"waits; after it {_PROOF}",
    ),
    (
        r"row level security|replica identity|^drop policy"
        r"|^alter table \S+ alter column \S+ set default",
        "ACCESS EXCLUSIVE on what is named, for milliseconds: everybody waits",
    ),
)
# By the step, what its files and its longer texts take.
_BY_STEP = {
    "let-the-role-see": "ACCESS EXCLUSIVE on each table whose policy it makes, for milliseconds",
    "restore-functions": (
        "none on the tables; new rows use the new text from its commit on. The whole file also "
        "puts back a trigger that does not fire: SHARE ROW EXCLUSIVE, for milliseconds"
    ),
    "restore-triggers": _WRITERS,
    "restore-foreign-key": (
        "SHARE ROW EXCLUSIVE on both tables and their partitions, twice for milliseconds: writers "
        f"wait; in between {_PROOF}"
    ),
    "repair-keys": (
        "as it stands here, the rows that are repaired, until all of them are; apply takes a few "
        "hundred at a time, and all tables that hold their key in SHARE ROW EXCLUSIVE for about "
        "0.2 s each: writers wait"
    ),
    "forbid-null-keys": (
        f"ACCESS EXCLUSIVE on the table, twice for milliseconds: everybody waits; in between "
        f"{_PROOF}"
    ),
    "keep-the-history": "ACCESS EXCLUSIVE on watchtower_checks, for milliseconds",
}


def lock_of(step: str, sql: str, *, whole_file: bool = False) -> str:
    """Which lock, and how long may it be held?"""
    if not whole_file:
        for pattern, lock in _BY_TEXT:
            if re.search(pattern, sql, re.MULTILINE):
                return lock
    return _BY_STEP.get(step, _NONE)
