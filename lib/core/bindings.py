"""Which rows of other tables does a foreign key bind to a key that moves? Values, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

Named = tuple[str, str]  # a schema and a table


@dataclass(frozen=True)
class Binding:
    """A foreign key whose columns repeat those of its parent, in this order.

    `late`: it is judged when the transaction ends, where asked to, and moves nothing by itself.
    `noted` are the columns of the table in which its triggers note that a row was changed.
    """

    table: Named
    columns: tuple[str, ...]
    parent: Named
    parent_columns: tuple[str, ...]
    late: bool = False
    noted: tuple[str, ...] = ()

    @property
    def itself(self) -> bool:
        """Does the table refer to itself?"""
        return self.table == self.parent

    def moved(self, parents: Iterable[str]) -> tuple[str, ...]:
        """Which of its columns move, where these columns of its parent do?"""
        gone = set(parents)
        pairs = zip(self.columns, self.parent_columns, strict=True)
        return tuple(own for own, theirs in pairs if theirs in gone)

    def to_json(self) -> dict[str, Any]:
        """As a row of the history keeps it."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Binding:
        """The same, read again. Raises: KeyError, TypeError."""
        names = ("table", "columns", "parent", "parent_columns", "noted")
        return cls(**{**kept, **{name: tuple(kept[name]) for name in names}})


@dataclass(frozen=True)
class Bound:
    """One table whose rows move with what they refer to.

    `by` are the keys that bind it to tables before it, `to_itself` those to its own rows, and
    `moving` the columns that change.
    """

    table: Named
    moving: tuple[str, ...]
    by: tuple[Binding, ...] = ()
    to_itself: tuple[Binding, ...] = ()

    @property
    def noted(self) -> tuple[str, ...]:
        """In which of its columns do triggers note a change?"""
        return tuple(
            dict.fromkeys(each for one in (*self.by, *self.to_itself) for each in one.noted)
        )


def bound(root: Named, key: str, bindings: Iterable[Binding]) -> tuple[Bound, ...]:
    """What moves when this key does: the table itself, and each other after those that bind it.

    Where the keys lead around in a circle, the last one of it is left to PostgreSQL. So is a key of
    the table to itself that holds the same column: then both rows are of one month.
    """
    known = list(bindings)
    order = _order(root, known)
    made = {root: Bound(root, (key,))}
    for place, table in enumerate(order):
        before = order[:place]
        by = tuple(
            each
            for each in known
            if each.table == table and each.parent in before and each.parent in made
            if each.moved(made[each.parent].moving)
        )
        if by and place:
            moving = [name for each in by for name in each.moved(made[each.parent].moving)]
            made[table] = Bound(table, tuple(dict.fromkeys(moving)), by)
        if table in made:
            made[table] = _with_itself(made[table], known)
    return tuple(made.values())


def _with_itself(own: Bound, known: list[Binding]) -> Bound:
    found = tuple(
        each
        for each in known
        if each.itself and each.table == own.table
        if (moved := each.moved(own.moving)) and not set(moved) & set(own.moving)
    )
    more = [name for each in found for name in each.moved(own.moving)]
    return replace(own, moving=(*own.moving, *dict.fromkeys(more)), to_itself=found)


def _order(root: Named, known: list[Binding]) -> list[Named]:
    """Every table that is reached, each after those that it refers to, but for circles."""
    seen: set[Named] = set()
    found: list[Named] = []

    def reach(table: Named) -> None:
        seen.add(table)
        for each in known:
            if each.parent == table and each.table not in seen:
                reach(each.table)
        found.append(table)

    reach(root)
    return found[::-1]
