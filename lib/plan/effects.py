"""Which lock does a statement of the plan take, for how long, and what takes it back?"""

from __future__ import annotations

import re

from lib.runbook import Step

_NAME = r'((?:"(?:[^"]|"")*"|[\w$.])+)'

_BRIEF = "SHARE ROW EXCLUSIVE on the table and its partitions, for milliseconds: writers wait"
_PROOF = (
    "in between every row is compared, under locks that keep neither readers nor writers waiting"
)

# The strongest lock of each step of the runbook, and how long it may be held.
_LOCKS = {
    "let-the-role-see": "ACCESS EXCLUSIVE on each table, for milliseconds, to change its policies",
    "restore-functions": (
        "none on the tables; new rows use the new text from its commit on. The whole file also "
        "puts back a trigger that does not fire: SHARE ROW EXCLUSIVE, for milliseconds"
    ),
    "restore-triggers": _BRIEF,
    "make-partitions": (
        "ACCESS EXCLUSIVE on the DEFAULT partition while it is read for rows of the month; it "
        "gives up after 0.5 s without it, and is then called again"
    ),
    "close-partitions": "ACCESS EXCLUSIVE on the partition, for milliseconds",
    "schedule-maintenance": "none on the tables",
    "clear-settings": "none on the tables; open sessions keep the setting until they connect anew",
    "restore-foreign-key": (
        f"SHARE ROW EXCLUSIVE on both tables, twice for milliseconds: writers wait; {_PROOF}"
    ),
    "restore-rpcs": "none on the tables",
    "repair-keys": (
        "as it stands here, the rows that are repaired, until all of them are; apply takes a few "
        "hundred at a time, and both tables in SHARE ROW EXCLUSIVE for about 0.2 s each: writers "
        "wait"
    ),
    "forbid-null-keys": (
        f"ACCESS EXCLUSIVE on the table, twice for milliseconds: everybody waits; {_PROOF}"
    ),
    "keep-the-history": "ACCESS EXCLUSIVE on watchtower_checks, for milliseconds",
}
_NONE = "none on the tables"
_MOVES = (
    "ACCESS EXCLUSIVE on both tables for the exchange, which compares the rows with their copy: "
    "everybody waits, for well under a second up to some ten thousand rows. Copying before it and "
    "proving the foreign key after it keep nobody waiting"
)

# What a statement did, and what takes just that back.
_UNDO = (
    (rf"create or replace trigger {_NAME}\s.*?\son {_NAME}", r"drop trigger \1 on \2;"),
    (rf"alter table {_NAME}\s+enable trigger {_NAME};", r"alter table \1 disable trigger \2;"),
    (
        r"(alter (?:role|database|system) [^\n]*?)reset session_replication_role;",
        r"\1set session_replication_role = replica;",
    ),
)
_FEW = 3
_KEPT = ("restore-functions", "restore-rpcs")
_EARLIER = (
    "run the earlier text: apply keeps it in watchtower_checks, details -> 'before' of its row; by "
    "hand, keep the answer of sql/runbook/live_definitions.sql first"
)


def lock_of(step: str, sql: str) -> str:
    """Which lock, and how long may it be held?"""
    if step == "make-partitions" and "detach partition" in sql:
        return _MOVES
    return _LOCKS.get(step, _NONE)


def undo_of(step: Step, sql: str) -> str:
    """What takes it back? The very statement where there is one, else the runbook's words."""
    for pattern, back in _UNDO:
        found = [match.expand(back) for match in re.finditer(pattern, sql, re.DOTALL)]
        if found:
            more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
            return " ".join(found[:_FEW]) + more
    if step.slug in _KEPT:
        return _EARLIER
    if step.slug == "make-partitions" and "detach partition" in sql:
        return "nothing is to be taken back: the rows are where they belong, and none has changed"
    return step.undo_words
