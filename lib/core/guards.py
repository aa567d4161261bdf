"""What must be true? The guarded tables, their period keys, triggers and functions.

All checks, counts, repairs and pages go by what is declared: lib/guards.toml, or the file that
WATCHTOWER_GUARDS names. Names of tables stand elsewhere too: in sql/setup and sql/runbook, in the
demo, in what reads the answers of our RPCs, whose keys name them, and in what tells a stranger by
not being the owner of public.sessions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lib.core.periods import Every, Kind, Periods

_RANK = {"day": 0, "week": 1, "month": 2, "quarter": 3, "year": 4}


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
    """Which trigger keeps which key right, and from what?

    The key stands for the period, one of `every` in this `zone`, of `clock`, or is that moment
    itself ("exact"); where `reference` is set it is the
    key of the row that `reference.column` names. One that `sets` it "when null" alone believes the
    writer: its rows are judged, not what its function makes of a wrong key. Of what `kind` the key
    is, where nobody said so, and which periods the partitions `span` the database tells: null
    until then.

    `fills` are the columns that it takes over from that row where they are null and both have them.

    An `optional` table is guarded where it has the key and the reference's column; where it has
    not, nothing is said of it. Into one that is not `steady` nothing may come for days. `noted` are
    the columns in which a trigger of the table notes that a row was changed, also by a repair.
    `unknown` says what a first setup makes of a row that refers to none: refused, or kept.
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
    unknown: Literal["refuse", "keep"] = "refuse"
    every: Every | Literal["exact"] = "month"
    zone: str = "UTC"
    kind: Kind | None = None
    span: Every | None = None

    @property
    def keys(self) -> Periods:
        """The periods that its keys stand for."""
        if self.every == "exact":
            return Periods(self.span or "month", self.zone, self.kind or "timestamptz", exact=True)
        return Periods(self.every, self.zone, self.kind or "date")

    @property
    def parts(self) -> Periods:
        """The periods that its partitions span, those of the keys unless they are longer."""
        keys = self.keys
        longer = self.span and _RANK[self.span] > _RANK[keys.every]
        return replace(keys, every=self.span, of=keys.every) if longer and self.span else keys

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
    def key_noun(self) -> str:
        """Its key in a sentence: "a wrong month key"."""
        return self.keys.key_noun

    @property
    def noun(self) -> str:
        """One word for it in a sentence: "the sessions guard"."""
        return self.table
