"""What repairs it, in which order, and what takes a repair back?

Functions come before the triggers that call them, triggers before the rows are set right, for else
new wrong ones follow; what locks or reads much comes late.
"""

from __future__ import annotations

from functools import partial

from lib.core.results import HISTORY
from lib.core.steps import Phase, Step

_repair = partial(Step, phase=Phase.MITIGATION)
_way_back = partial(Step, phase=Phase.ROLLBACK)

MITIGATION: tuple[Step, ...] = (
    _repair(
        "let-the-role-see",
        "Let the watchtower's role see every row",
        "What it cannot see it cannot judge. This grants single columns and one policy for each "
        "table, to this role alone.",
        files=("50_role.sql",),
        undo="undo-rights",
        undo_words="revoke the grants and drop the role's policies",
    ),
    _repair(
        "restore-functions",
        "Restore the guards' functions",
        "Do this before the triggers that call them. The new text counts from the next row on, "
        "and no table is locked.",
        files=("10_guards.sql",),
        undo="undo-functions",
        undo_words="run the earlier text, which pg_get_functiondef() gave",
    ),
    _repair(
        "restore-triggers",
        "Restore the triggers",
        "This covers the table and every partition. It locks the table for a moment, and gives up "
        "after 0.8 s, so that the application does not wait.",
        files=("10_guards.sql",),
        undo="undo-triggers",
        undo_words="alter table … disable trigger …",
    ),
    _repair(
        "make-partitions",
        "Make or attach the missing partitions",
        "The current month first, then the next. Rows of a month that sit in DEFAULT must move "
        "out before its partition can be made: they are copied first, so that both tables are "
        "locked only for moments.",
        undo="undo-partitions",
        undo_words="while it is empty, each that was made: alter table … detach partition …; "
        "drop table …",
    ),
    _repair(
        "close-partitions",
        "Close partitions to strangers",
        "This switches row level security on, and leaves anon, authenticated and PUBLIC no "
        "rights. A policy that shows them everything is a decision: drop it, or accept it by "
        "name.",
        undo="undo-rights",
        undo_words="alter table … disable row level security, and grant again what was granted",
    ),
    _repair(
        "schedule-maintenance",
        "Let next month be made by itself",
        "The routine makes the current month and the next three. pg_cron, or another scheduler, "
        "calls it on the 25th.",
        files=("30_partitions.sql",),
        undo="undo-schedule",
        undo_words="select cron.unschedule('maintain-partitions')",
    ),
    _repair(
        "clear-settings",
        "Clear settings that switch the guards off",
        "A role, a database or a function with session_replication_role = replica fires neither "
        "guards nor foreign keys. Open sessions keep the setting until they reconnect.",
        queries=("checks/guard_settings", "checks/guard_settings_paths"),
        undo="undo-settings",
        undo_words="the same statement with set … = replica",
    ),
    _repair(
        "restore-foreign-key",
        "Restore the foreign key",
        "New rows are checked at once. Then PostgreSQL compares every older row, while writes "
        "continue. If a row breaks the foreign key, that fails with 23503: repair the keys first, "
        "then come back.",
        undo="undo-constraints",
        undo_words="alter table … drop constraint …",
    ),
    _repair(
        "restore-rpcs",
        "Restore the RPCs and who may call them",
        "Where an RPC is right to say false, first repair what it names. It then says true by "
        "itself.",
        files=("40_rpcs.sql",),
        undo="undo-functions",
        undo_words="run the earlier text, which pg_get_functiondef() gave",
    ),
    _repair(
        "repair-keys",
        "Repair wrong and null keys",
        "Do this only once the guards fire, or new wrong rows follow. By hand it is one "
        "transaction, sessions with their events: choose a quiet moment. For many rows use python "
        "-m lib apply, which repairs a few hundred at a time.",
        undo="undo-keys",
        undo_words="rollback instead of commit; after it nothing: the right key follows from the "
        "row itself, and the guard would set the same one again",
    ),
    _repair(
        "forbid-null-keys",
        "Forbid null keys",
        "Do this once no key is null. PostgreSQL reads the table first, while writes continue.",
        undo="undo-constraints",
        undo_words="alter table … alter column … drop not null",
    ),
    _repair(
        "keep-the-history",
        "Let the history keep verifications",
        "Without its history row a verification is an answer that nobody can look up later.",
        checks=(HISTORY,),
        files=("20_history.sql", "50_role.sql"),
        undo="undo-rights",
        undo_words="revoke the grants and drop the role's policies",
    ),
    _repair(
        "repair-the-writer",
        "Repair the writer",
        "Here the guard is right, and the writer is wrong or does not write at all. Write to the "
        "table, never to a partition. Send the month with each row, because PostgreSQL picks the "
        "partition before the guard runs; with an event, send the month of its session. Send the "
        "session before its events, or in the same transaction.",
        queries=("runbook/right_write",),
        undo="undo-writer",
        undo_words="deploy the earlier version of the writer",
    ),
)

ROLLBACK: tuple[Step, ...] = (
    _way_back(
        "keep-what-is-live",
        "Before anything is changed: keep what is live",
        "It prints functions, triggers and foreign keys as statements that bring them back. Save "
        "the answer in a file.",
        queries=("runbook/live_definitions",),
    ),
    _way_back(
        "undo-functions",
        "Put a function back as it was",
        "Run its statement from the file that you saved. The files of sql/setup may also run "
        "again at any time: they bring the reviewed text back.",
    ),
    _way_back(
        "undo-triggers",
        "Switch a guard off",
        "Do this only where the guard itself refuses right rows. From then on keys drift, and "
        "every row written meanwhile must be repaired.",
    ),
    _way_back(
        "undo-partitions",
        "Take a new partition away",
        "The statement works only while the partition is empty. The newest month of each table is "
        "shown.",
    ),
    _way_back(
        "undo-constraints",
        "Loosen a constraint",
        "From then on wrong pairs are stored without an error. NOT NULL cannot be dropped while "
        "the column is part of the primary key.",
    ),
    _way_back(
        "undo-settings",
        "Let one load pass the guards",
        "Never switch the guards off for a role or a database. A superuser can switch them off "
        "for one transaction, whose rows must already have the right keys.",
    ),
    _way_back(
        "undo-schedule",
        "Stop the maintenance job",
        "From then on somebody must call the routine each month. It needs pg_cron, and the job's "
        "owner.",
    ),
    _way_back(
        "undo-rights",
        "Take the watchtower's rights back",
        "The watchtower then sees no rows, and every row check is unknown. Opening a partition to "
        "strangers again is never a rollback.",
    ),
    _way_back(
        "undo-keys",
        "Take repaired keys back",
        "Until commit, roll back. Afterwards there is nothing to take back: the key follows from "
        "the row itself, and the guard would set the same one again. A backup has the earlier "
        "rows.",
    ),
    _way_back(
        "undo-writer",
        "Return to the earlier writer",
        "Deploy the earlier version, and check that rows come in again.",
    ),
)

ACCEPTANCE: tuple[Step, ...] = (
    Step(
        "verify-again",
        "Run the full verification, since the repair",
        "It tries both guards, calls both RPCs, counts the rows written since the moment that you "
        "give, and keeps the answer.",
        phase=Phase.ACCEPTANCE,
    ),
)
