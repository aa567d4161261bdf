"""What does a code mean by itself, where the message was cut off or is in another language?

Source: PostgreSQL manual, "PostgreSQL Error Codes"; PostgREST's reference, "Errors".
"""

from __future__ import annotations

from dataclasses import dataclass

_REACH = "reach-the-database"


@dataclass(frozen=True)
class Code:
    """A code, the name that drivers give it, and what is said of it."""

    code: str
    name: str
    what: str
    cause: str
    check: str
    step: str


CODES: tuple[Code, ...] = (
    Code(
        "23514",
        "check_violation",
        "A row fits no partition, or not the one that it was written to.",
        "Mostly a month without a partition, or a writer that sent none: PostgreSQL picks the "
        "partition before the guard runs. Else rows in DEFAULT that keep it from being made.",
        "partition_coverage",
        "make-partitions",
    ),
    Code(
        "23503",
        "foreign_key_violation",
        "An event names a session that is not there in that month.",
        "The session was never stored; or it stands in another month, and the guard is down.",
        "orphan_rows",
        "repair-keys",
    ),
    Code(
        "23502",
        "not_null_violation",
        "A column that must not be null came without a value.",
        "The writer left it out. Of a month key: no guard set it either, so look whether it fires.",
        "guard_triggers",
        "guards-fire",
    ),
    Code(
        "23505",
        "unique_violation",
        "A row of that id stands in that month already.",
        "The writer sent it twice; while repairing keys, the right place is taken.",
        "duplicate_ids",
        "repair-keys",
    ),
    Code(
        "42883",
        "undefined_function",
        "A function is called that does not exist with these arguments.",
        "An RPC or a guard's function was dropped, or this database was never set up.",
        "guard_functions",
        "restore-functions",
    ),
    Code(
        "42725",
        "ambiguous_function",
        "A function exists in several forms, and PostgreSQL cannot tell which is meant.",
        "An older form with a default argument stands beside the right one.",
        "rpc_answers",
        "restore-rpcs",
    ),
    Code(
        "42P13",
        "invalid_function_definition",
        "A function could not be replaced: the one that is there has another shape.",
        "An older version returns something else: the setup's file, run whole, drops it first.",
        "rpc_answers",
        "restore-rpcs",
    ),
    Code(
        "42P01",
        "undefined_table",
        "A table or partition does not exist under that name.",
        "The month was not made, or this is another database.",
        "partition_coverage",
        "make-partitions",
    ),
    Code(
        "42P07",
        "duplicate_table",
        "A table of that name stands there already.",
        "A partition was detached, or made by hand and never attached.",
        "unattached_partitions",
        "make-partitions",
    ),
    Code(
        "42P17",
        "invalid_object_definition",
        "A partition cannot be made as it was asked for.",
        "Its months are taken by another partition, or the table is not partitioned here.",
        "partition_coverage",
        "months-are-covered",
    ),
    Code(
        "42501",
        "insufficient_privilege",
        "The role that asked lacks a right.",
        "A grant or a policy is missing, or the wrong role or key asked.",
        "row_visibility",
        "let-the-role-see",
    ),
    Code(
        "42703",
        "undefined_column",
        "A column does not exist under that name.",
        "Another copy of the table, or a guard on a table that is not its own.",
        "guard_functions",
        "restore-functions",
    ),
    Code(
        "0A000",
        "feature_not_supported",
        "PostgreSQL does not support it: here mostly to move a row while it is inserted.",
        "The guard works: the writer sent the key of another month, which it must send right.",
        "guard_behaviour",
        "mend-the-writer",
    ),
    Code(
        "55P03",
        "lock_not_available",
        "It waited for a lock that another session holds, and gave up.",
        "A long transaction, a migration or a forgotten session holds the table.",
        "",
        "who-holds-a-lock",
    ),
    Code(
        "57014",
        "query_canceled",
        "A statement took longer than it may, and was stopped.",
        "It waits behind a lock, or reads a whole table for want of an index on created_at.",
        "",
        "who-holds-a-lock",
    ),
    Code(
        "40P01",
        "deadlock_detected",
        "Two sessions waited for each other, and PostgreSQL ended one.",
        "Run it again, in a quiet moment.",
        "",
        "who-holds-a-lock",
    ),
    Code(
        "25006",
        "read_only_sql_transaction",
        "Something that writes was sent in a read-only transaction.",
        "The drift check writes a row: call it with POST, on the primary.",
        "rpc_answers",
        "rpcs-answer-true",
    ),
    Code(
        "53300",
        "too_many_connections",
        "The server has no free connection.",
        "Something opens connections and does not close them.",
        "",
        _REACH,
    ),
    Code(
        "53100",
        "disk_full",
        "The server's disk is full.",
        "Writes fail until there is space again.",
        "freshness",
        _REACH,
    ),
    Code(
        "28P01",
        "invalid_password",
        "The server refused the role or its password.",
        "The password was changed or mistyped.",
        "",
        _REACH,
    ),
    Code(
        "28000",
        "invalid_authorization_specification",
        "The server does not let this user in from here.",
        "A wrong user, a wrong address, or no SSL.",
        "",
        _REACH,
    ),
    Code(
        "3D000",
        "invalid_catalog_name",
        "There is no database of that name.",
        "DATABASE_URL names a wrong database.",
        "",
        _REACH,
    ),
    Code(
        "57P01",
        "admin_shutdown",
        "The server ended the connection.",
        "It was restarted, or somebody ended the session.",
        "",
        _REACH,
    ),
    Code(
        "57P03",
        "cannot_connect_now",
        "The server is there and does not take connections yet.",
        "It was restarted, or recovers from a crash.",
        "",
        _REACH,
    ),
    *(
        Code(
            code,
            name,
            "The database could not be reached, or the connection broke.",
            "It is down, its address is wrong, or something between refuses.",
            "",
            _REACH,
        )
        for code, name in (
            ("08000", "connection_exception"),
            ("08001", "sqlclient_unable_to_establish_sqlconnection"),
            ("08003", "connection_does_not_exist"),
            ("08004", "sqlserver_rejected_establishment_of_sqlconnection"),
            ("08006", "connection_failure"),
            ("PGRST000", ""),
            ("PGRST001", ""),
            ("PGRST002", ""),
            ("PGRST003", ""),
        )
    ),
    Code(
        "PGRST202",
        "",
        "PostgREST does not know the function that was called.",
        "It is missing, may not be executed with this key, or PostgREST's cache is old: "
        "notify pgrst, 'reload schema';",
        "rpc_answers",
        "restore-rpcs",
    ),
    Code(
        "PGRST203",
        "",
        "A function exists in several forms, and PostgREST cannot tell which is meant.",
        "An older form with a default argument stands beside the right one.",
        "rpc_answers",
        "restore-rpcs",
    ),
    Code(
        "PGRST204",
        "",
        "PostgREST does not know a column that the writer names.",
        "A wrong name, or PostgREST's cache is old: notify pgrst, 'reload schema';",
        "freshness",
        "mend-the-writer",
    ),
    Code(
        "PGRST205",
        "",
        "PostgREST does not know the table that was asked for.",
        "It is missing, or PostgREST's cache is old: notify pgrst, 'reload schema';",
        "partition_coverage",
        "make-partitions",
    ),
    Code(
        "PGRST106",
        "",
        "The API does not serve the schema that was asked for.",
        "The RPCs are in public: it must be among the API's exposed schemas.",
        "rpc_answers",
        "rpcs-answer-true",
    ),
    *(
        Code(
            code,
            "",
            "The key that was sent to the API is expired, wrong or missing.",
            "SUPABASE_SERVICE_ROLE_KEY is another project's, was rotated, or was not sent.",
            "",
            _REACH,
        )
        for code in ("PGRST300", "PGRST301", "PGRST302", "PGRST303")
    ),
)
