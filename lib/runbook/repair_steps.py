"""What mends it, in which order, and what takes a mend back?

Functions come before the triggers that call them, triggers before the rows are set right, for else
new wrong ones follow; what locks or reads much comes late.
"""

from __future__ import annotations

from lib.core.results import HISTORY
from lib.core.steps import Phase, Step

MITIGATION: tuple[Step, ...] = (
    Step(
        "let-the-role-see",
        Phase.MITIGATION,
        "Let the watchtower's role see every row",
        "What it cannot see it cannot judge. This grants single columns and one policy for each "
        "table, to this role alone.",
        files=("50_role.sql",),
        undo="undo-rights",
        undo_words="revoke the grants and drop the role's policies",
    ),
    Step(
        "restore-functions",
        Phase.MITIGATION,
        "Restore the guards' functions",
        "Before the triggers that call them. It takes effect with the next row, and takes no lock "
        "on the tables.",
        files=("10_guards.sql",),
        undo="undo-functions",
        undo_words="run the earlier text, which pg_get_functiondef() gave",
    ),
    Step(
        "restore-triggers",
        Phase.MITIGATION,
        "Restore the triggers",
        "On the table and on every partition. It locks the table for a moment, and gives up after "
        "0.8 s rather than queue the application.",
        files=("10_guards.sql",),
        undo="undo-triggers",
        undo_words="alter table … disable trigger …",
    ),
    Step(
        "make-partitions",
        Phase.MITIGATION,
        "Make or attach the missing partitions",
        "The current month first, then the next. Rows of a month that sit in DEFAULT must move "
        "out before its partition can be made: they are copied first, so that both tables are "
        "locked for moments alone.",
        undo="undo-partitions",
        undo_words="while it is empty, each that was made: alter table … detach partition …; "
        "drop table …",
    ),
    Step(
        "close-partitions",
        Phase.MITIGATION,
        "Close partitions to strangers",
        "Row level security on, and no rights for anon, authenticated and PUBLIC. A policy that "
        "shows them everything is dropped, or accepted by name: that is a decision.",
        undo="undo-rights",
        undo_words="alter table … disable row level security, and grant again what was granted",
    ),
    Step(
        "schedule-maintenance",
        Phase.MITIGATION,
        "Have next month made by itself",
        "The routine makes the current month and three ahead; pg_cron calls it on the 25th, or "
        "whatever calls it instead.",
        files=("30_partitions.sql",),
        undo="undo-schedule",
        undo_words="select cron.unschedule('maintain-partitions')",
    ),
    Step(
        "clear-settings",
        Phase.MITIGATION,
        "Clear settings that switch the guards off",
        "A role, a database or a function with session_replication_role = replica fires neither "
        "guards nor foreign keys. Sessions that are open keep it until they connect anew.",
        queries=("checks/guard_settings",),
        undo="undo-settings",
        undo_words="the same statement with set … = replica",
    ),
    Step(
        "restore-foreign-key",
        Phase.MITIGATION,
        "Restore the foreign key",
        "New rows are judged at once; then every older one is compared, while everybody goes on "
        "writing. While rows break it, that is refused with 23503: repair the keys first, then "
        "come back.",
        undo="undo-constraints",
        undo_words="alter table … drop constraint …",
    ),
    Step(
        "restore-rpcs",
        Phase.MITIGATION,
        "Restore the RPCs and who may call them",
        "Where an RPC says false and is right, first repair what it names: then it says true by "
        "itself.",
        files=("40_rpcs.sql",),
        undo="undo-functions",
        undo_words="run the earlier text, which pg_get_functiondef() gave",
    ),
    Step(
        "repair-keys",
        Phase.MITIGATION,
        "Set wrong and null keys right",
        "Only once the guards fire, else new wrong rows follow. By hand in a quiet moment: it is "
        "one transaction, sessions together with their events. Many rows are better left to "
        "python -m lib apply, which takes a few hundred at a time.",
        undo="undo-keys",
        undo_words="rollback instead of commit; after it nothing: the right key follows from the "
        "row itself, and the guard would set the same one again",
    ),
    Step(
        "forbid-null-keys",
        Phase.MITIGATION,
        "Forbid null keys",
        "Once no key is null any more. The table is read beforehand, while everybody goes on "
        "writing.",
        undo="undo-constraints",
        undo_words="alter table … alter column … drop not null",
    ),
    Step(
        "keep-the-history",
        Phase.MITIGATION,
        "Let verifications be kept",
        "Without its history row a verification is an answer that nobody can look up later.",
        checks=(HISTORY,),
        files=("20_history.sql", "50_role.sql"),
        undo="undo-rights",
        undo_words="revoke the grants and drop the role's policies",
    ),
    Step(
        "repair-the-writer",
        Phase.MITIGATION,
        "Repair the writer",
        "Here the guard is right and the writer is wrong, or does not write at all: write to the "
        "table and never to a partition; send the month with the row, since PostgreSQL picks the "
        "partition before the guard runs, and with an event that of its session; send the session "
        "before its events or in the same transaction.",
        queries=("runbook/right_write",),
        undo="undo-writer",
        undo_words="deploy the earlier version of the writer",
    ),
)

ROLLBACK: tuple[Step, ...] = (
    Step(
        "keep-what-is-live",
        Phase.ROLLBACK,
        "Before anything is changed: keep what is live",
        "It prints functions, triggers and foreign keys as statements that bring them back. Save "
        "the answer in a file.",
        queries=("runbook/live_definitions",),
    ),
    Step(
        "undo-functions",
        Phase.ROLLBACK,
        "Put a function back as it was",
        "Run its statement from what was kept. The functions of sql/setup may also run again at "
        "any time, which brings the reviewed text back.",
    ),
    Step(
        "undo-triggers",
        Phase.ROLLBACK,
        "Switch a guard off",
        "Only where the guard itself refuses right rows: from then on keys drift, and every row "
        "written meanwhile must be repaired.",
    ),
    Step(
        "undo-partitions",
        Phase.ROLLBACK,
        "Take a new partition away",
        "Only while it is empty: the statement refuses otherwise. The newest month of each table "
        "is shown.",
    ),
    Step(
        "undo-constraints",
        Phase.ROLLBACK,
        "Loosen a constraint",
        "From then on wrong pairs are stored without a word. NOT NULL cannot go while the column "
        "is part of the primary key.",
    ),
    Step(
        "undo-settings",
        Phase.ROLLBACK,
        "Let one load pass the guards",
        "Never set it back for a role or a database. A superuser can do it for one transaction, "
        "whose rows must carry the right keys already.",
    ),
    Step(
        "undo-schedule",
        Phase.ROLLBACK,
        "Stop the maintenance job",
        "From then on somebody must call the routine each month. It needs pg_cron, and the job's "
        "owner.",
    ),
    Step(
        "undo-rights",
        Phase.ROLLBACK,
        "Take the watchtower's rights back",
        "It goes blind: every row check is unknown from then on. Opening a partition to strangers "
        "again is never a rollback.",
    ),
    Step(
        "undo-keys",
        Phase.ROLLBACK,
        "Take repaired keys back",
        "Until commit, roll back. Afterwards there is nothing to take back: the key follows from "
        "the row itself, and the guard would set the same one again. A backup has the earlier "
        "rows.",
    ),
    Step(
        "undo-writer",
        Phase.ROLLBACK,
        "Go back to the earlier writer",
        "Deploy the version before, and look whether rows come in again.",
    ),
)

ACCEPTANCE: tuple[Step, ...] = (
    Step(
        "verify-again",
        Phase.ACCEPTANCE,
        "Run the full verification, since the repair",
        "It tries both guards, calls both RPCs, counts the rows written since the moment that you "
        "give, and keeps the answer.",
    ),
)
