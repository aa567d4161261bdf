"""What does discovery find, as values: tables and triggers as they are, and what it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lib.core.results import Row
from lib.db.sql import remark
from lib.setup.discover.texts import Assignment, Read

WHOLE_NUMBERS = frozenset({"int2", "int4", "int8"})
MOMENTS = frozenset({"timestamptz", "timestamp"})
KEYS = MOMENTS | WHOLE_NUMBERS | {"date"}  # types that a key may have
CLOCKS = MOMENTS | {"date"}


@dataclass(frozen=True)
class Key:
    """A column that a table, or at `depth` its partitions, are partitioned by."""

    column: str
    strategy: str
    depth: int
    partitions: int


@dataclass(frozen=True)
class Table:
    """A table with its columns, as sql/discover/columns.sql has them, in its order."""

    relid: int
    schema: str
    name: str
    columns: Mapping[str, Row]
    keys: tuple[Key, ...] = ()
    filtered: bool = False

    @property
    def said(self) -> str:
        """Its name in a comment."""
        return remark(f"{self.schema}.{self.name}")

    def type(self, column: str) -> str:
        """The type's name; empty where there is no such column."""
        return str(self.columns[column]["type"]) if column in self.columns else ""

    def key(self, column: str) -> Key | None:
        """As what is it partitioned by this column?"""
        return next((key for key in self.keys if key.column == column), None)

    @property
    def primary(self) -> list[str]:
        """The columns of its primary key, without those that it is partitioned by."""
        placed = sorted(
            (row["place"], name) for name, row in self.columns.items() if row["place"] is not None
        )
        return [name for _, name in placed if self.key(name) is None]


@dataclass(frozen=True)
class Trigger:
    """A trigger that fires before a row is written, its function, and what that one's text says."""

    row: Row
    function: Row
    read: Read

    @property
    def name(self) -> str:
        return str(self.row["trigger_name"])

    def sets(self, column: str) -> list[Assignment]:
        """Where does it set this column?"""
        return [each for each in self.read.sets if each.column == column]


@dataclass(frozen=True)
class ForeignKey:
    """Which columns of a table name which columns of its `parent`?"""

    name: str
    relid: int
    parent: int
    pairs: tuple[tuple[str, str], ...]

    def of(self, column: str) -> str | None:
        """Which column of the parent does this one name?"""
        return dict(self.pairs).get(column)


@dataclass(frozen=True)
class Catalog:
    """All that the catalogs and texts tell."""

    tables: Mapping[int, Table]
    triggers: Mapping[int, tuple[Trigger, ...]]
    foreign_keys: tuple[ForeignKey, ...]

    def named(self, schema: str, name: str, near: str, path: tuple[str, ...]) -> Table | None:
        """Which table does a text mean that stands in the schema `near`, with this search_path?"""
        found = {each.schema: each for each in self.tables.values() if each.name == name}
        if schema:
            return found.get(schema)
        for each in (*path, near):
            if each in found:
                return found[each]
        return next(iter(found.values())) if len(found) == 1 else None


@dataclass(frozen=True)
class Word:
    """What a word of the declaration should say, and how that is known. Not `sure`: or not."""

    value: Any
    why: str
    sure: bool = True


@dataclass
class Proposal:
    """A guard as it may be declared. `left_out`: why it cannot be, as it stands."""

    table: Table
    key: str
    trigger: Trigger
    sets: list[Assignment]
    clock: str | None = None
    parent: Table | None = None
    reference: tuple[str, str, str] | None = None  # column, and the parent's id and key
    foreign_key: ForeignKey | None = None
    copied: bool = False  # the text takes the key from the parent's row
    probed: frozenset[str] = frozenset()  # columns by which it looks for that row's key
    words: dict[str, Word] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    left_out: str = ""


@dataclass(frozen=True)
class Repeat:
    """A column that repeats another table's key, as far as it seems, and which no trigger sets."""

    table: Table
    column: str
    parent: Table
    key: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Discovery:
    """What was found, on which database, by whom; `unread` is what could not be looked at."""

    database: str
    server_version: str
    role: str
    proposals: tuple[Proposal, ...]
    repeats: tuple[Repeat, ...] = ()
    others: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
