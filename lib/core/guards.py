"""What must be true? The guarded tables, their month keys, triggers and functions.

All checks, counts, repairs and pages go by GUARDS. Names of tables stand elsewhere too: in
sql/setup and sql/runbook, in the demo, in what reads the answers of our RPCs, whose keys name
them, and in what tells a stranger by not being the owner of public.sessions.
docs/contributing.md says what a further table needs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reference:
    """Where does a key come from when it is another table's key?

    `column` of the guarded table names the row of `table` whose `key` must be repeated; where it
    is `required`, a row that names none must be refused, and else such a row needs no key. A row
    that `outlives` the one it names is no fault.
    """

    column: str
    table: str
    id: str
    key: str
    required: bool = True
    outlives: bool = False


@dataclass(frozen=True)
class Guard:
    """Which trigger keeps which month key right, and from what?

    The key is the first day of the month, UTC, of `clock`; where `reference` is set it is the
    key of the row that `reference.column` names. One that `sets` it "when null" alone believes the
    writer: its rows are judged, not what its function makes of a wrong key.

    `fills` are the columns that it takes over from that row where they are null and both have them.

    An `optional` table is guarded where it has the key and the reference's column; where it has
    not, nothing is said of it. Into one that is not `steady` nothing may come for days. `noted` are
    the columns in which a trigger of the table notes that a row was changed, also by a repair.
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
    sets: Literal["always", "when null"] = "always"
    optional: bool = False
    steady: bool = True
    noted: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()

    @property
    def owed(self) -> str:
        """A row owes a key where this column is set."""
        if self.reference and not self.reference.required:
            return self.reference.column
        return self.id

    @property
    def relation(self) -> str:
        """The table as PostgreSQL prints it, e.g. public.sessions."""
        return f"{self.schema}.{self.table}"

    @property
    def more_columns(self) -> tuple[str, ...]:
        """Which further columns does the trigger name? It may fill or compare them."""
        known = {self.key, self.clock, self.reference.column if self.reference else ""}
        return tuple(column for column in self.columns if column not in known)

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
    fills=("site_id",),
)

CALLS = Guard(
    table="calls",
    key="session_created_month",
    trigger="calls_enforce_session_created_month",
    function="trg_calls_enforce_session_created_month",
    columns=("matched_session_id", "matched_at", "session_created_month"),
    clock="matched_at",
    reference=Reference(
        "matched_session_id", "sessions", "id", "created_month", required=False, outlives=True
    ),
    partitioned=False,
    sets="when null",
    optional=True,
    steady=False,
    noted=("version", "updated_at"),
)

GUARDS: tuple[Guard, ...] = (SESSIONS, EVENTS, CALLS)
REQUIRED: tuple[Guard, ...] = tuple(guard for guard in GUARDS if not guard.optional)


def among(tables: Collection[str]) -> tuple[Guard, ...]:
    """Which guards are there, where these are the optional tables that are?"""
    return tuple(guard for guard in GUARDS if not guard.optional or guard.table in tables)
