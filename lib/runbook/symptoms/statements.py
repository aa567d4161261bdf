"""Which messages stop a statement, and what do they mean in this system?

Source: PostgreSQL manual, "PostgreSQL Error Codes". The texts were provoked on 15 and 18.
"""

from __future__ import annotations

from lib.runbook.symptoms.message import NAME, QUOTED, Message, message

STATEMENTS: tuple[Message, ...] = (
    message(
        "0A000",
        r"cached plan must not change result type",
        "A prepared statement still knows the table as it was before it was altered.",
        "The writer prepares statements and was not restarted since: let it connect anew.",
        "freshness",
        "mend-the-writer",
        "cached plan",
    ),
    message(
        "55P03",
        r"(?:canceling statement due to lock timeout|could not obtain lock on [^.]{1,80})",
        "It waited for a lock that another session holds, and gave up.",
        "A long transaction, a migration or a forgotten session holds the table. Nothing was "
        "changed: end that one, then try again.",
        "",
        "who-holds-a-lock",
        "lock timeout",
    ),
    message(
        "40P01",
        r"deadlock detected",
        "Two sessions waited for each other, and PostgreSQL ended one of them.",
        "A mend and the application took the same rows in another order. Nothing of it was "
        "changed: run it again, in a quiet moment.",
        "",
        "who-holds-a-lock",
        "deadlock detected",
    ),
    message(
        "57014",
        r"canceling statement due to (?:statement timeout|user request)",
        "A statement took longer than it may, and was stopped. Nothing of it was changed.",
        "It waits behind a lock, or reads a whole table for want of an index on created_at. "
        "Supabase's own limits are 3 s for anon and 8 s for authenticated.",
        "",
        "who-holds-a-lock",
        "statement timeout",
    ),
    message(
        "25006",
        r"cannot execute (?P<command>[A-Z ]{2,40}) in a read-only transaction",
        "{command} was sent in a read-only transaction.",
        "The drift check writes a row: over HTTP call it with POST, not GET; else the connection "
        "leads to a replica, or its role is read-only, as watchtower is.",
        "rpc_answers",
        "rpcs-answer-true",
        "read-only transaction",
    ),
    message(
        "42P17",
        rf"partition {QUOTED.format('partition')} would overlap partition {QUOTED.format('other')}",
        "{partition} would take months that {other} takes already.",
        "The month is covered: bounds decide, not the name. Look at the bounds first.",
        "partition_coverage",
        "months-are-covered",
        "would overlap",
    ),
    message(
        "42P17",
        rf"{QUOTED.format('relation')} is not partitioned",
        "{relation} is a plain table here, without partitions.",
        "This is another copy than production's, or the wrong database.",
        "partition_coverage",
        "months-are-covered",
        "is not partitioned",
    ),
    message(
        "2BP01",
        rf"cannot drop (?P<kind>\w{{1,40}}) {NAME.format('name')}[^.]{{0,80}} "
        r"because other objects",
        "{name} is in use, so it was not dropped.",
        "A trigger calls it, say. Never add CASCADE: it would take the guard with it. The files of "
        "sql/setup replace what is there without dropping it.",
        "guard_triggers",
        "restore-functions",
        "other objects depend on it",
    ),
    message(
        "55006",
        r"because it (?:has pending trigger events|is being used by active queries)",
        "The table cannot be altered while this transaction still owes it something.",
        "The foreign key is deferred and checked at commit: commit first, or run "
        "set constraints all immediate.",
        "foreign_key",
        "who-holds-a-lock",
        "pending trigger events",
    ),
)
