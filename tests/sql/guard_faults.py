"""In which ways can a drift guard fail?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from tests.servers import Database

GUARDS = {
    "sessions": ("sessions_set_created_month", "trg_sessions_set_created_month"),
    "events": (
        "events_set_session_month_from_session",
        "trg_events_set_session_month_from_session",
    ),
}
COLUMNS = {
    "sessions": "created_at, created_month",
    "events": "session_id, session_month, site_id",
}
# As SQL about the {table}, one {leaf} of it, its {guard}, {function} and {columns}.
REMADE = "drop trigger {guard} on {table}; create trigger {guard} "
FAULTS = {
    "disabled on the table": "alter table {table} disable trigger {guard}",
    "disabled on the parent only": "alter table only {table} disable trigger {guard}",
    "disabled on one partition": "alter table {leaf} disable trigger {guard}",
    "disabled on DEFAULT": "alter table {table}_default disable trigger {guard}",
    "fires for replication only": "alter table {table} enable replica trigger {guard}",
    "dropped": "drop trigger {guard} on {table}",
    "on a partition alone": "drop trigger {guard} on {table}; create trigger {guard}"
    " before insert or update of {columns} on {leaf} for each row execute function {function}()",
    "with a WHEN clause": REMADE + "before insert or update of {columns} on {table}"
    " for each row when (new.site_id is null) execute function {function}()",
    "calls another function": "create function public.other() returns trigger language plpgsql as"
    " 'begin return new; end';" + REMADE + "before insert or update of {columns} on {table}"
    " for each row execute function public.other()",
    "calls its namesake in another schema": "create schema elsewhere;"
    "create function elsewhere.{function}() returns trigger language plpgsql as"
    " 'begin return new; end';" + REMADE + "before insert or update of {columns} on {table}"
    " for each row execute function elsewhere.{function}()",
    "fires after": REMADE + "after insert or update of {columns} on {table}"
    " for each row execute function {function}()",
    "on insert only": REMADE
    + "before insert on {table} for each row execute function {function}()",
    "on update only": REMADE + "before update of {columns} on {table}"
    " for each row execute function {function}()",
    "on delete as well": REMADE + "before insert or delete or update of {columns} on {table}"
    " for each row execute function {function}()",
    "for each statement": REMADE + "before insert or update on {table}"
    " for each statement execute function {function}()",
    "not on update of the key": REMADE + "before insert or update of site_id on {table}"
    " for each row execute function {function}()",
    "on the same table of another schema": "drop trigger {guard} on {table};"
    "create schema elsewhere; create table elsewhere.{table} (like public.{table});"
    "create trigger {guard} before insert or update of {columns} on elsewhere.{table}"
    " for each row execute function {function}()",
    "table is gone": "alter table {table} rename to renamed",
}

# What these leave is switched on, and none that the setup ever made: it may be somebody's own.
UNKNOWN = frozenset(
    (
        "with a WHEN clause",
        "calls another function",
        "calls its namesake in another schema",
        "fires after",
        "on insert only",
        "on update only",
        "on delete as well",
        "for each statement",
        "not on update of the key",
    )
)


def break_guard(database: Database | Connection[Any], table: str, fault: str) -> None:
    """Breaks the guard of one table in the named way."""
    guard, function = GUARDS[table]
    leaf = f"{table}_{datetime.now(UTC):%Y_%m}"
    names = {"table": table, "leaf": leaf, "guard": guard, "function": function}
    database.execute(FAULTS[fault].format(columns=COLUMNS[table], **names))
