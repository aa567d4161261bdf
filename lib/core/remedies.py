"""What repairs a fault? A value that its author fills in, once; text is made of it at the edge.

Whoever writes a remedy knows what it is: which lock it takes, what takes it back, which rows or
partitions it is about. That stands in fields, so that nobody has to read the SQL again.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from lib.core.bindings import Binding, Named
from lib.core.declaration import declared
from lib.core.guards import Guard

BY_HAND = "By hand, after a look."
_SIGNS = "it differs from what stands there (- this text alone, + what stands there alone):"


class Kind(enum.StrEnum):
    """What is it, and who does it?"""

    STATEMENTS = "statements"  # whole statements: a plan runs them
    FILE = "file"  # whole files of sql/setup: a plan runs them
    DECISION = "decision"  # a choice that a person has
    BY_HAND = "by hand"  # SQL that a person runs after a look
    WORDS = "words"  # what to do, where there is no SQL
    TEXT = "text"  # of a row of the history that says no more: shown, never run


@dataclass(frozen=True)
class Repair:
    """Which rows' keys are set right: of this table, since when, and with which tables' rows?

    With those of the `guards` that repeat the key, and with what the `bindings` bind to any of it.
    `noted` are the columns in which triggers note a change, by table.
    """

    guard: Guard
    since: datetime | None
    guards: tuple[Guard, ...]
    bindings: tuple[Binding, ...] = ()
    noted: tuple[tuple[Named, tuple[str, ...]], ...] = ()

    @property
    def title(self) -> str:
        """What is done, for a line of progress?"""
        return f"Repair the keys of {self.guard.relation}"


@dataclass(frozen=True)
class Months:
    """Some months of a table, one after the other."""

    guard: Guard
    months: tuple[date, ...]


@dataclass(frozen=True)
class Remedy:
    """One thing that repairs it.

    `words` say what to do, what to decide, or what to look at before the `sql` is run; where that
    is a `comment`, nothing of it runs as it is pasted. `choices` are said by a plan in their place.
    `proof` ends the SQL and compares every row. `lock` is the strongest lock and for how long,
    `undo` what takes it back; where they are empty, what the runbook's step says. `repair` are the
    rows that it sets right, `makes` the months it makes empty partitions for, `moves` those whose
    rows it takes out of DEFAULT, `attaches` the partitions that it attaches, `ties` the table that
    it gives a foreign key, `anew_in` the file of sql/setup that does the same or makes anew what it
    changes, and `replaces` the function that it puts another text in the place of. `as_it_was` is
    the digest of a text of the history, which a plan runs where a person names it. `whose` says
    which text it puts there, and `difference` in which lines that differs from what stands there.
    A `superuser` alone may run it, and no owner. What only `follows` from another finding is left
    to that one.
    """

    kind: Kind
    words: str = ""
    sql: str = ""
    files: tuple[str, ...] = ()
    comment: bool = False
    choices: str = ""
    proof: str = ""
    lock: str = ""
    undo: str = ""
    repair: Repair | None = None
    makes: Months | None = None
    moves: Months | None = None
    attaches: tuple[str, ...] = ()
    ties: str = ""
    anew_in: str = ""
    replaces: str = ""
    as_it_was: str = ""
    whose: str = ""
    difference: str = ""
    superuser: bool = False
    follows: bool = False

    @property
    def whole(self) -> str:
        """The SQL with its proof."""
        return f"{self.sql}\n{self.proof}" if self.proof else self.sql

    @property
    def below(self) -> str:
        """What stands below its words: SQL, which may be a comment; of a choice what it changes."""
        sql = _commented(self.whole) if self.comment else self.whole
        if self.kind is Kind.DECISION and self.difference:
            return f"{self.changes}\n{sql}"
        return sql

    @property
    def changes(self) -> str:
        """What it changes, line by line, as a comment; empty where nothing is known of that."""
        return _commented(f"{_SIGNS}\n{self.difference}") if self.difference else ""

    @property
    def text(self) -> str:
        """As every face shows it: SQL, and the rest as comments."""
        files = [f"-- {path}" for path in self.files]
        return "\n".join(filter(None, (self._heading(), *files, self.below)))

    @property
    def line(self) -> str:
        """Its words on one line, with the files that they speak of."""
        return " ".join([*self.words.splitlines(), *self.files])

    def _heading(self) -> str:
        match self.kind:
            case Kind.DECISION if self.words:
                return _commented(f"a decision: {self.words}")
            case Kind.BY_HAND if self.words:
                return _commented(f"{self.words}:")
            case Kind.WORDS | Kind.FILE:
                return _commented(self.words)
        return ""

    @property
    def runs(self) -> bool:
        """Is there something to run now, whoever runs it?"""
        return self.kind in (Kind.STATEMENTS, Kind.FILE, Kind.BY_HAND) and not self.comment

    def to_json(self) -> dict[str, Any]:
        """As a row of the history keeps it: what is not said is left out."""
        kept = {field.name: value for field in fields(self) if (value := getattr(self, field.name))}
        if self.repair:
            since, tables = self.repair.since, [guard.table for guard in self.repair.guards]
            when = since.isoformat() if since else None
            kept["repair"] = {"table": self.repair.guard.table, "since": when, "tables": tables}
            if self.repair.bindings:
                kept["repair"]["bindings"] = [each.to_json() for each in self.repair.bindings]
            if self.repair.noted:
                kept["repair"]["noted"] = self.repair.noted
        for name in ("makes", "moves"):
            if months := getattr(self, name):
                own = [month.isoformat() for month in months.months]
                kept[name] = {"table": months.guard.table, "months": own}
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Remedy:
        """The same, read again. Raises: KeyError, TypeError, ValueError."""
        said = {**kept, "kind": Kind(kept["kind"])}
        said |= {name: tuple(kept[name]) for name in ("files", "attaches") if name in kept}
        if "repair" in kept:
            own, since = kept["repair"], kept["repair"]["since"]
            guards = tuple(map(_guard, own["tables"]))
            when = since and datetime.fromisoformat(since)
            bindings = tuple(map(Binding.from_json, own.get("bindings", ())))
            noted = tuple(
                ((schema, table), tuple(columns))
                for (schema, table), columns in own.get("noted", ())
            )
            said["repair"] = Repair(_guard(own["table"]), when, guards, bindings, noted)
        for name in {"makes", "moves"} & kept.keys():
            months = tuple(map(date.fromisoformat, kept[name]["months"]))
            said[name] = Months(_guard(kept[name]["table"]), months)
        return cls(**said)


Remedies = tuple[Remedy, ...]


def statements(sql: str, *, lock: str = "", undo: str = "", **more: Any) -> Remedies:
    """Whole statements, which a plan runs."""
    return (Remedy(Kind.STATEMENTS, sql=sql, lock=lock, undo=undo, **more),)


def whole_file(words: str, path: str) -> Remedies:
    """A file of sql/setup, which a plan runs whole."""
    return (Remedy(Kind.FILE, words, files=(path,)),)


def decision(words: str, sql: str = "", **more: Any) -> Remedies:
    """A choice that a person has; the SQL shows more of it, or does one of the choices."""
    return (Remedy(Kind.DECISION, words, sql, **more),)


def by_hand(words: str, sql: str, *, comment: bool = False, **more: Any) -> Remedies:
    """SQL that a person runs, after what the words say."""
    return (Remedy(Kind.BY_HAND, words, sql, comment=comment, **more),)


def advice(text: str, *, follows: bool = False) -> Remedies:
    """What to do, where there is no SQL to run."""
    return (Remedy(Kind.WORDS, text, follows=follows),)


def shown(remedies: Remedies) -> str:
    """All of them as one text, as every face shows it."""
    return "\n".join(each.text for each in remedies)


def files_of(remedies: Remedies) -> tuple[str, ...]:
    """Which whole files of the setup do they say to run? As paths in the project."""
    return tuple(path for each in remedies for path in each.files)


def from_json(kept: Any, text: Any) -> Remedies:
    """What a row of the history kept; else the text alone, an older version's say."""
    try:
        found = tuple(map(Remedy.from_json, kept or ()))
    except (AttributeError, KeyError, TypeError, ValueError, StopIteration):
        found = ()
    known = text if isinstance(text, str) else None
    if not known or shown(found) == known:
        return found
    return (Remedy(Kind.TEXT, sql=known),)


def _commented(text: str) -> str:
    return f"-- {text}".replace("\r", "\n").replace("\n", "\n-- ")  # each of them ends a comment


def _guard(table: str) -> Guard:
    return next(guard for guard in declared() if guard.table == table)
