"""Which triggers are guards, and of which key? Pure: from catalogs and texts, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lib.core.words import listed
from lib.db.sql import remark
from lib.setup.discover import names
from lib.setup.discover.found import (
    CLOCKS,
    KEYS,
    Catalog,
    ForeignKey,
    Proposal,
    Table,
    Trigger,
)
from lib.setup.discover.texts import Assignment
from lib.setup.discover.values import NOTHING, Lookup, Made, finest

Id = tuple[int, str]  # a table's oid, and a column


def made_of(sets: Iterable[Assignment]) -> Made:
    """Of what does any of these make the column?"""
    made = NOTHING
    for each in sets:
        made |= each.made
    return made


def candidates(catalog: Catalog) -> tuple[list[Proposal], list[str]]:
    """What may be guards, each after the one that it refers to; and what is none, and why."""
    judge = _Judge(catalog)
    for way in (judge.divides, judge.is_bound, judge.is_copied, judge.is_like):
        judge.look(way)
    while judge.look(judge.is_bound) or judge.look(judge.is_copied) or judge.look(judge.is_like):
        pass  # chains: each may repeat the key of one that was found just now
    return judge.ordered(), judge.others


@dataclass(frozen=True)
class _Parent:
    """Whose key is it? The column that refers, and the row's id and key."""

    table: Table
    column: str
    id: str
    key: str
    foreign_key: ForeignKey | None = None
    why: str = ""


class _Judge:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.found: dict[int, Proposal] = {}
        self.others: list[str] = []
        self.refused: set[Id] = set()

    def look(self, way: Callable[[Table, str], Proposal | None]) -> bool:
        """Look at every column that a trigger sets in one way. Was anything found?"""
        before = len(self.found)
        for relid, triggers in self.catalog.triggers.items():
            table = self.catalog.tables.get(relid)
            columns = {each.column: None for trigger in triggers for each in trigger.read.sets}
            for column in columns if table else ():
                assert table is not None
                if (relid, column) in self.refused:
                    continue
                if table.type(column) in KEYS:
                    if (made := way(table, column)) is not None:
                        self.keep(made)
                elif table.key(column) is not None:
                    self.of_another_type(table, column)
        return len(self.found) > before

    def keep(self, made: Proposal) -> None:
        known = self.found.get(made.table.relid)
        if known is None:
            self.found[made.table.relid] = made
        elif known.key != made.key:
            self.say(made.table, made.key, f"a guard has one key, here {known.key}")

    def say(self, table: Table, column: str, why: str) -> None:
        """It looks like a guard and is none that can be declared."""
        self.refused.add((table.relid, column))
        self.others.append(said_before(table, column, why))

    def ordered(self) -> list[Proposal]:
        placed: dict[int, Proposal] = {}

        def place(each: Proposal) -> None:
            self.found.pop(each.table.relid, None)
            if each.parent and each.parent.relid in self.found:
                place(self.found[each.parent.relid])
            placed[each.table.relid] = each

        while self.found:
            place(next(iter(self.found.values())))
        return list(placed.values())

    # The ways: what makes a column that a trigger sets a key

    def divides(self, table: Table, column: str) -> Proposal | None:
        """The table is partitioned by it."""
        key = table.key(column)
        if key is None or key.strategy not in ("r", "l"):
            return None
        trigger, sets = self.setting(table, column)
        made = made_of(sets)
        parent = self.looked_up(table, column, trigger, made) or self.bound(table, column)
        if parent is None and not self.clocks(table, column, made):
            self.explain(table, column, made)
            return None
        if key.strategy == "l" and not (made.periods or parent):
            return None
        return self.proposal(table, column, trigger, sets, parent)

    def is_bound(self, table: Table, column: str) -> Proposal | None:
        """A foreign key names another table's key by it."""
        if (parent := self.bound(table, column)) is None:
            return None
        trigger, sets = self.setting(table, column)
        made = made_of(sets)
        looked = self.looked_up(table, column, trigger, made)
        if looked is None and not self.clocks(table, column, made):
            return None
        return self.proposal(table, column, trigger, sets, parent)

    def is_copied(self, table: Table, column: str) -> Proposal | None:
        """It is copied from a table whose key is known, and named or bound like it."""
        trigger, sets = self.setting(table, column)
        parent = self.looked_up(table, column, trigger, made_of(sets))
        if parent is None or not self.known(parent.table, parent.key):
            return None
        guarded = parent.table.relid in self.found
        if not guarded and not names.repeats(column, parent.table, parent.key):
            return None
        return self.proposal(table, column, trigger, sets, parent)

    def is_like(self, table: Table, column: str) -> Proposal | None:
        """It is named like a guard's key, has its type, and a column is named as its row's id."""
        trigger, sets = self.setting(table, column)
        if not self.clocks(table, column, made_of(sets)):
            return None
        for guard in list(self.found.values()):
            if (parent := self.alike(table, column, guard)) is not None:
                return self.proposal(table, column, trigger, sets, parent)
        return None

    # What they go by

    def setting(self, table: Table, column: str) -> tuple[Trigger, list[Assignment]]:
        """Which trigger sets it? Of those on inserts the last one, whose value stays."""
        able = [t for t in reversed(self.catalog.triggers[table.relid]) if t.sets(column)]

        def rank(trigger: Trigger) -> tuple[bool, ...]:
            made = made_of(trigger.sets(column))
            moot = not (made.lookups or self.clocks(table, column, made))
            off = trigger.row["enabled"] not in ("O", "A")
            return moot, off, trigger.row["apart"], not trigger.row["inserts"]

        first = min(able, key=rank)
        return first, first.sets(column)

    def clocks(self, table: Table, column: str, made: Made) -> list[str]:
        return [each for each in made.columns if each != column and table.type(each) in CLOCKS]

    def known(self, table: Table, column: str) -> bool:
        """Is it a key: of a guard that was found, or one by which a table is partitioned?"""
        found, key = self.found.get(table.relid), table.key(column)
        return bool(found and found.key == column) or bool(
            key and key.strategy == "r" and table.type(column) in KEYS
        )

    def looked_up(self, table: Table, column: str, trigger: Trigger, made: Made) -> _Parent | None:
        """From which row of another table is the key taken?"""
        for lookup in made.lookups:
            found = self.catalog.named(
                lookup.schema, lookup.table, table.schema, search_path(trigger.function["settings"])
            )
            if found is None or found.relid == table.relid:
                continue
            key = self.parent_key(table, column, found, lookup, made)
            foreign_key = self.foreign_key(table, column, found)
            pair = self.pair(found, column, key or "", lookup, foreign_key)
            if key and pair:
                return _Parent(found, pair[1], pair[0], key, foreign_key)
        return None

    def parent_key(
        self, table: Table, column: str, parent: Table, lookup: Lookup, made: Made
    ) -> str | None:
        """Which column of the parent is repeated? Where the text cuts another one, its own key."""
        alike = parent.type(lookup.column) == table.type(column)
        cut = finest(made.periods)
        if alike and (self.known(parent, lookup.column) or not cut):
            return lookup.column
        own = self.found.get(parent.relid)
        return own.key if own and own.table.type(own.key) == table.type(column) else None

    def pair(
        self,
        parent: Table,
        column: str,
        key: str,
        lookup: Lookup,
        foreign_key: ForeignKey | None,
    ) -> tuple[str, str] | None:
        """The parent's id, and the column that names it."""
        bound = [
            (theirs, mine)
            for mine, theirs in (foreign_key.pairs if foreign_key else ())
            if mine != column
        ]
        pairs = [pair for pair in lookup.by if pair[1] != column and pair[0] != key]
        named = [pair for pair in pairs if names.refers(pair[1], parent, pair[0])]
        primary = [pair for pair in pairs if pair[0] in parent.primary]
        both = [pair for pair in bound if pair in pairs]
        likely = [pair for pair in both if pair in named]
        return next(iter([*likely, *both, *bound, *named, *primary, *pairs]), None)

    def foreign_key(self, table: Table, column: str, parent: Table) -> ForeignKey | None:
        return next(
            (
                each
                for each in self.catalog.foreign_keys
                if (each.relid, each.parent) == (table.relid, parent.relid) and each.of(column)
            ),
            None,
        )

    def bound(self, table: Table, column: str) -> _Parent | None:
        """Which key does a foreign key name by this column?"""
        for each in self.catalog.foreign_keys:
            parent, key = self.catalog.tables.get(each.parent), each.of(column)
            if each.relid != table.relid or parent is None or key is None:
                continue
            rest = [(theirs, mine) for mine, theirs in each.pairs if mine != column]
            if rest and self.known(parent, key) and parent.type(key) == table.type(column):
                named = [pair for pair in rest if names.refers(pair[1], parent, pair[0])]
                row_id, mine = (named or rest)[0]
                return _Parent(parent, mine, row_id, key, each)
        return None

    def alike(self, table: Table, column: str, guard: Proposal) -> _Parent | None:
        """Does this column repeat that guard's key, by its name and that of a column beside it?"""
        parent = guard.table
        same = parent.relid != table.relid and parent.type(guard.key) == table.type(column)
        if not (same and parent.primary and names.repeats(column, parent, guard.key)):
            return None
        row_id = parent.primary[0]
        refers = referring(table, parent, row_id)
        return _Parent(parent, refers[0], row_id, guard.key) if len(refers) == 1 else None

    def proposal(
        self,
        table: Table,
        column: str,
        trigger: Trigger,
        sets: list[Assignment],
        parent: _Parent | None,
    ) -> Proposal:
        made = made_of(sets)
        found = Proposal(table, column, trigger, sets)
        found.clock = next(iter(self.clocks(table, column, made)), None)
        if parent is not None:
            found.parent, found.foreign_key = parent.table, parent.foreign_key
            found.reference = (parent.column, parent.id, parent.key)
            looked = [
                each
                for one in trigger.read.sets
                for each in one.made.lookups
                if each.table == parent.table.name
            ]
            found.copied = bool(set(looked) & set(made.lookups))
            # It looks whether there is a row with such a key: then that one is the parent's too.
            by = frozenset(mine for each in looked for key, mine in each.by if key == parent.key)
            found.probed = by
            found.clock = None if found.clock in by else found.clock
        return found

    def of_another_type(self, table: Table, column: str) -> None:
        """A text of a period, say, by which the table is partitioned."""
        _, sets = self.setting(table, column)
        made = made_of(sets)
        if made.periods and self.clocks(table, column, made):
            self.say(table, column, f"no key is of the type {table.type(column)}")

    def explain(self, table: Table, column: str, made: Made) -> None:
        """Why is what sets a partition key no guard? Not said where no moment is near it."""
        if made.lookups and table.type(column) in CLOCKS:
            seen = listed(f"{each.column} of {each.table}" for each in made.lookups)
            self.say(table, column, f"it is made of {seen}, which is no key that a guard repeats")
        elif made.periods and not made.columns:
            self.say(table, column, "it goes by the time of the write, which no column keeps")
        elif made.periods and set(made.columns) != {column}:
            self.say(table, column, f"it is made of {listed(made.columns)}, which is no moment")


def said_before(table: Table, column: str, why: str) -> str:
    """Why is what a trigger sets no key of a guard?"""
    return f"{remark(column)} of {table.said} is set before a row is written: {why}"


def referring(table: Table, parent: Table, row_id: str) -> list[str]:
    """Which columns are named as the id of a row of that table, and have its type?"""
    return [
        each
        for each in table.columns
        if table.type(each) == parent.type(row_id) and names.refers(each, parent, row_id)
    ]


def search_path(settings: Iterable[str]) -> tuple[str, ...]:
    """The schemas of the search_path that a function is set to, in their order."""
    return tuple(_schemas(settings))


def _schemas(settings: Iterable[str]) -> Iterator[str]:
    for each in settings:
        name, _, value = each.partition("=")
        if name == "search_path":
            yield from (one.strip().strip('"') for one in value.split(","))


def time_zone(settings: Iterable[str]) -> str:
    """The time zone that a function is set to; empty where none is."""
    found = (each.partition("=") for each in settings)
    return next((value.strip("'\"") for name, _, value in found if name.lower() == "timezone"), "")
