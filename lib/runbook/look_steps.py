"""What does somebody notice, and where do they look first? The steps that only read."""

from __future__ import annotations

from lib.core.steps import Phase, Step

SYMPTOMS: tuple[Step, ...] = (
    Step(
        "writes-refused",
        Phase.SYMPTOMS,
        "Writes are refused",
        "Inserts fail, mostly with 23514, 23503, 23502, 0A000 or 42883. Paste the message above "
        "to learn what it means.",
        then=("make-partitions", "restore-functions", "repair-the-writer"),
    ),
    Step(
        "keys-drift-quietly",
        Phase.SYMPTOMS,
        "Nothing complains, and a guard is down",
        "A missing, disabled or emptied guard raises no error: writes succeed, and keep the month "
        "that the writer sent.",
        then=("restore-triggers", "restore-functions", "clear-settings", "restore-foreign-key"),
    ),
    Step(
        "reports-count-too-few",
        Phase.SYMPTOMS,
        "Reports count too few",
        "A join on the month key loses rows with a wrong or missing key, so they are not counted.",
        then=("restore-triggers", "repair-keys"),
    ),
    Step(
        "counts-doubled",
        Phase.SYMPTOMS,
        "Reports count twice",
        "One session id stands in two months, which the primary key allows; a join by the id alone "
        "counts it twice.",
        then=("repair-keys",),
    ),
    Step(
        "rows-pile-up-in-default",
        Phase.SYMPTOMS,
        "Rows pile up in DEFAULT, or a month cannot be made",
        "A month without a partition sends its rows to DEFAULT, and those then keep its partition "
        "from being made.",
        then=("make-partitions", "schedule-maintenance"),
    ),
    Step(
        "rpc-says-false",
        Phase.SYMPTOMS,
        "The CI job or an RPC says false",
        "What counts is the answer, not that the call returned. Paste the answer above to learn "
        "which part is false.",
        then=("restore-triggers", "restore-rpcs"),
    ),
    Step(
        "numbers-stop",
        Phase.SYMPTOMS,
        "Numbers stop, or are a suspicious 0",
        "Either no row comes in, or the role does not see the rows: row level security hides rows "
        "without an error.",
        then=("let-the-role-see", "repair-the-writer"),
    ),
    Step(
        "open-to-strangers",
        Phase.SYMPTOMS,
        "Strangers can read rows or call RPCs",
        "A partition made later has no row level security of its own, and default privileges hand "
        "out rights to anon and authenticated.",
        then=("close-partitions", "restore-rpcs"),
    ),
)

CHECKS: tuple[Step, ...] = (
    Step(
        "reach-the-database",
        Phase.CHECKS,
        "Does the database answer?",
        "Until it does, everything else is unknown, and nothing here proves anything. Try the same "
        "address by hand.",
    ),
    Step(
        "is-it-the-right-database",
        Phase.CHECKS,
        "Is this the database to watch?",
        "If its tables are plain and have no guards, it is another database (an early copy, say), "
        "or its tables were never partitioned. A person decides which it is: no statement here "
        "repairs that, and the steps below are for a partitioned database.",
    ),
    Step(
        "who-holds-a-lock",
        Phase.CHECKS,
        "Does something hold a lock?",
        "Where checks or repairs time out, one session often makes all others wait. Ask its owner, "
        "or end it with pg_terminate_backend(pid).",
        queries=("runbook/locks",),
    ),
    Step(
        "see-every-row",
        Phase.CHECKS,
        "Does the role see every row?",
        "Zero rows seen through row level security prove nothing.",
        then=("let-the-role-see",),
    ),
    Step(
        "guards-fire",
        Phase.CHECKS,
        "Does each guard fire, on the table and on every partition?",
        "Only a partition's own trigger fires for the rows that land there, so each is looked at.",
        then=("restore-triggers",),
    ),
    Step(
        "guards-set-the-right-key",
        Phase.CHECKS,
        "Do the guards' functions set the right key?",
        "A verification tries them on a temporary table, and compares their text with the "
        "reviewed one.",
        then=("restore-functions",),
    ),
    Step(
        "nothing-bypasses-the-guards",
        Phase.CHECKS,
        "Does anything bypass the guards?",
        "Another trigger may overwrite the key, and session_replication_role or a subscription "
        "switches every trigger off for what it writes.",
        then=("restore-triggers", "clear-settings"),
    ),
    Step(
        "months-are-covered",
        Phase.CHECKS,
        "Has every month its partition, and the next one too?",
        "Bounds decide what a partition takes, never its name.",
        then=("make-partitions", "schedule-maintenance"),
    ),
    Step(
        "constraints-hold",
        Phase.CHECKS,
        "Do the foreign key and NOT NULL hold?",
        "While the foreign key is enforced, PostgreSQL refuses a wrong pair at commit. Without "
        "it, drift is silent.",
        then=("restore-foreign-key", "forbid-null-keys"),
    ),
    Step(
        "keys-are-right",
        Phase.CHECKS,
        "How many rows are wrong, and since when?",
        "The number of wrong rows decides whether to repair them now or in a quiet moment.",
        then=("repair-keys",),
    ),
    Step(
        "rpcs-answer-true",
        Phase.CHECKS,
        "Do both RPCs answer true, and only to those who may ask?",
        "The drift check writes a row: call it in a read-write transaction, over HTTP with POST.",
        then=("restore-rpcs",),
    ),
    Step(
        "strangers-stay-out",
        Phase.CHECKS,
        "Is every partition closed to strangers?",
        "Row level security of the table does not protect its partitions from a statement that "
        "names them.",
        then=("close-partitions",),
    ),
)
