"""What does somebody notice, and where do they look first? The steps that only read."""

from __future__ import annotations

from functools import partial

from lib.core.steps import Phase, Step

_symptom = partial(Step, phase=Phase.SYMPTOMS)
_check = partial(Step, phase=Phase.CHECKS)

SYMPTOMS: tuple[Step, ...] = (
    _symptom(
        "writes-refused",
        "Writes are refused",
        "Inserts fail, mostly with 23514, 23503, 23502, 0A000 or 42883. Paste the message above "
        "to learn what it means.",
        then=("make-partitions", "restore-functions", "repair-the-writer"),
    ),
    _symptom(
        "keys-drift-quietly",
        "Nothing complains, and a guard is down",
        "A missing, disabled or emptied guard raises no error: writes succeed, and keep the month "
        "that the writer sent.",
        then=("restore-triggers", "restore-functions", "clear-settings", "restore-foreign-key"),
    ),
    _symptom(
        "reports-count-too-few",
        "Reports count too few",
        "A join on the month key loses rows with a wrong or missing key, so they are not counted.",
        then=("restore-triggers", "repair-keys"),
    ),
    _symptom(
        "counts-doubled",
        "Reports count twice",
        "One session id stands in two months, which the primary key allows; a join by the id alone "
        "counts it twice.",
        then=("repair-keys",),
    ),
    _symptom(
        "rows-pile-up-in-default",
        "Rows pile up in DEFAULT, or a month cannot be made",
        "A month without a partition sends its rows to DEFAULT, and those then keep its partition "
        "from being made.",
        then=("make-partitions", "schedule-maintenance"),
    ),
    _symptom(
        "rpc-says-false",
        "The CI job or an RPC says false",
        "What counts is the answer, not that the call returned. Paste the answer above to learn "
        "which part is false.",
        then=("restore-triggers", "restore-rpcs"),
    ),
    _symptom(
        "numbers-stop",
        "Numbers stop, or are a suspicious 0",
        "Either no row comes in, or the role does not see the rows: row level security hides rows "
        "without an error.",
        then=("let-the-role-see", "repair-the-writer"),
    ),
    _symptom(
        "open-to-strangers",
        "Strangers can read rows or call RPCs",
        "A partition made later has no row level security of its own, and default privileges hand "
        "out rights to anon and authenticated.",
        then=("close-partitions", "restore-rpcs"),
    ),
)

CHECKS: tuple[Step, ...] = (
    _check(
        "reach-the-database",
        "Does the database answer?",
        "Until it does, everything else is unknown, and nothing here proves anything. Try the same "
        "address by hand.",
    ),
    _check(
        "is-it-the-right-database",
        "Is this the database to watch?",
        "If its tables are plain and have no guards, it is another database (an early copy, say), "
        "or its tables were never partitioned. A person decides which it is: no statement here "
        "repairs that, and the steps below are for a partitioned database.",
    ),
    _check(
        "who-holds-a-lock",
        "Does something hold a lock?",
        "Where checks or repairs time out, one session often makes all others wait. Ask its owner, "
        "or end it with pg_terminate_backend(pid).",
        queries=("runbook/locks",),
    ),
    _check(
        "see-every-row",
        "Does the role see every row?",
        "Zero rows seen through row level security prove nothing.",
        then=("let-the-role-see",),
    ),
    _check(
        "guards-fire",
        "Does each guard fire, on the table and on every partition?",
        "Only a partition's own trigger fires for the rows that land there, so each is looked at.",
        then=("restore-triggers",),
    ),
    _check(
        "guards-set-the-right-key",
        "Do the guards' functions set the right key?",
        "A verification tries them on a temporary table, and compares their text with the "
        "reviewed one.",
        then=("restore-functions",),
    ),
    _check(
        "nothing-bypasses-the-guards",
        "Does anything bypass the guards?",
        "Another trigger may overwrite the key, and session_replication_role or a subscription "
        "switches every trigger off for what it writes.",
        then=("restore-triggers", "clear-settings"),
    ),
    _check(
        "months-are-covered",
        "Has every month its partition, and the next one too?",
        "Bounds decide what a partition takes, never its name.",
        then=("make-partitions", "schedule-maintenance"),
    ),
    _check(
        "constraints-hold",
        "Do the foreign key and NOT NULL hold?",
        "While the foreign key is enforced, PostgreSQL refuses a wrong pair at commit. Without "
        "it, drift is silent.",
        then=("restore-foreign-key", "forbid-null-keys"),
    ),
    _check(
        "keys-are-right",
        "How many rows are wrong, and since when?",
        "The number of wrong rows decides whether to repair them now or in a quiet moment.",
        then=("repair-keys",),
    ),
    _check(
        "rpcs-answer-true",
        "Do both RPCs answer true, and only to those who may ask?",
        "The drift check writes a row: call it in a read-write transaction, over HTTP with POST.",
        then=("restore-rpcs",),
    ),
    _check(
        "strangers-stay-out",
        "Is every partition closed to strangers?",
        "Row level security of the table does not protect its partitions from a statement that "
        "names them.",
        then=("close-partitions",),
    ),
)
