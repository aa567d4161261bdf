"""What must be true? The guarded tables, their month keys, triggers and functions.

A further guarded table is one more entry in GUARDS; no other code knows their names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """Where does a key come from when it is another table's key?

    `column` of the guarded table names the row of `table` whose `key` must be repeated; where it
    is `required`, a row that names none must be refused.
    """

    column: str
    table: str
    id: str
    key: str
    required: bool = True


@dataclass(frozen=True)
class Guard:
    """Which trigger keeps which month key right, and from what?

    The key is the first day of the month, UTC, of `clock`; where `reference` is set it is the
    key of the row that `reference.column` names.
    """

    table: str
    key: str
    trigger: str
    function: str
    columns: tuple[str, ...]
    clock: str = "created_at"
    id: str = "id"
    schema: str = "public"
    reference: Reference | None = None
    foreign_key: str | None = None
    partitioned: bool = True

    @property
    def relation(self) -> str:
        """The table as PostgreSQL prints it, e.g. public.sessions."""
        return f"{self.schema}.{self.table}"

    @property
    def noun(self) -> str:
        """One word for it in a sentence: "the sessions guard"."""
        return self.table


SESSIONS = Guard(
    table="sessions",
    key="created_month",
    trigger="sessions_set_created_month",
    function="trg_sessions_set_created_month",
    columns=("created_at", "created_month"),
)

EVENTS = Guard(
    table="events",
    key="session_month",
    trigger="events_set_session_month_from_session",
    function="trg_events_set_session_month_from_session",
    columns=("session_id", "session_month", "site_id"),
    reference=Reference("session_id", "sessions", "id", "created_month"),
    foreign_key="fk_events_session",
)

GUARDS: tuple[Guard, ...] = (SESSIONS, EVENTS)
