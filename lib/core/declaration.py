"""Which guards are declared? A file is read and validated once, with its line in each error.

Source: TOML 1.0; lib/guards.toml is the shipped declaration.
"""

from __future__ import annotations

import difflib
import tomllib
import zoneinfo
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, NoReturn

from lib.core.errors import SettingInvalid
from lib.core.guards import Guard, Reference
from lib.core.periods import MONTHS, Every, Kind, Periods

SHIPPED = Path(__file__).resolve().parents[1] / "guards.toml"
_FROM = {each.name: each for each in fields(Reference)}
_ONE_OF = {
    "kind": ("date", "timestamptz", "int"),
    "every": ("day", "week", "month", "quarter", "year", "exact"),
    "sets": ("always", "when null"),
    "unknown": ("refuse", "keep"),
}
_KINDS = {each.name: str(each.type) for each in fields(Guard)}
_PLAIN = [
    name
    for name, kind in _KINDS.items()
    if kind.startswith(("str", "Literal", "Every", "Kind")) and name not in ("schema", "span")
]
_FLAGS = [name for name, kind in _KINDS.items() if kind == "bool"]
_LISTS = [name for name, kind in _KINDS.items() if kind.startswith("tuple") and name != "columns"]
_WORDS = (*_PLAIN, *_FLAGS, *_LISTS, "from")
_NEEDED = ("table", "key", "clock", "trigger", "function")
_OF_SETUP = {"public.sessions", "public.events"}
_declared: list[Guard] = []  # of this process


def declared() -> tuple[Guard, ...]:
    """Every guard of this process, in the order of the declaration: what refers comes after."""
    if not _declared:
        use(declaration(SHIPPED))
    return tuple(_declared)


def use(guards: Sequence[Guard]) -> None:
    """From now on these are the declared ones, in the whole process."""
    _declared[:] = guards


def parts_of(table: str) -> Periods:
    """The periods of this table's partitions; months where it is none that is declared."""
    return next((each.parts for each in declared() if each.table == table), MONTHS)


def keys_of(table: str) -> Periods:
    """The periods of this table's keys; months where it is none that is declared."""
    return next((each.keys for each in declared() if each.table == table), MONTHS)


def one_noun(guards: Iterable[Guard]) -> str:
    """What are the periods of all their partitions called?"""
    nouns = {guard.parts.noun for guard in guards}
    return nouns.pop() if len(nouns) == 1 else "period"


def next_words(now: datetime, tables: Collection[str] | None = None) -> str:
    """Which period comes next for the partitions, of these tables or of all: January 2027?"""
    guards = [guard for guard in declared() if guard.partitioned]
    parts = [guard.parts for guard in guards if tables is None or guard.table in tables]
    return ", ".join(dict.fromkeys(each.words(each.after(each.at(now))) for each in parts))


def learn(table: str, kind: Kind | None, span: Every | None) -> None:
    """What the database told of this table's keys and partitions, by its relation."""
    for place, guard in enumerate(declared()):
        told = replace(guard, kind=kind, span=span)
        if guard.relation == table and (told.keys, told.parts) != (guard.keys, guard.parts):
            _declared[place] = told


def required() -> tuple[Guard, ...]:
    """Those without which a database is not set up."""
    return tuple(guard for guard in declared() if not guard.optional)


def told_by_setup(guards: Iterable[Guard]) -> bool:
    """Do the RPCs and the partition routine of sql/setup speak of these tables?"""
    return {guard.relation for guard in guards if guard.partitioned} == _OF_SETUP


def among(tables: Collection[str]) -> tuple[Guard, ...]:
    """Which guards are there, where these are the optional tables that are?"""
    return tuple(guard for guard in declared() if not guard.optional or guard.table in tables)


def declaration(path: Path) -> tuple[Guard, ...]:
    """The guards that this file declares, each after the one that it refers to.

    Raises: SettingInvalid, whose sentence names the file and the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except (OSError, ValueError) as error:  # no UTF-8 and no TOML are ValueErrors
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingInvalid(f"{path.name} cannot be read: {why}.") from None
    entries = given.pop("guard", None)
    if given:
        word = next(iter(given))
        _Place(path, text, 0).refuse(word, f"{word} is no part of a declaration, only [[guard]] is")
    if not isinstance(entries, list) or not entries:
        raise SettingInvalid(f"{path.name} declares no guard: it needs a [[guard]].")
    places = [_Place(path, text, number) for number in range(1, len(entries) + 1)]
    guards = [_guard(each, place) for each, place in zip(entries, places, strict=True)]
    return _in_order(guards, places)


class _Place:
    """One entry of the file: of it an error tells the line."""

    def __init__(self, path: Path, text: str, entry: int) -> None:
        self.path, self.entry = path, entry
        self._lines = text.splitlines()

    def refuse(self, word: str, why: str) -> NoReturn:
        """Raises: SettingInvalid, with the line of this word, else of its entry."""
        raise SettingInvalid(f"{self.path.name}, line {self._lines_of(word)[1]}: {why}.")

    def says(self, word: str) -> bool:
        """Does this entry have a word of its own for it?"""
        return self._lines_of(word)[0]

    def _lines_of(self, word: str) -> tuple[bool, int]:
        """Is the word there, and on which line; else on which does the entry begin?"""
        entry, first = 0, 0
        for number, line in enumerate(self._lines, 1):
            bare = line.replace(" ", "")
            if bare.startswith("[[guard]]"):
                entry += 1
            if entry == self.entry:
                first = first or number
                if bare.startswith((f"{word}=", f'"{word}"=', f"[{word}]")):
                    return True, number
        return False, first or 1


def _guard(given: Any, place: _Place) -> Guard:
    if not isinstance(given, dict):
        place.refuse("guard", "guard must be a [[guard]] with words of its own")
    _known(given, _WORDS, place, "")
    _complete(given, _NEEDED, place, "")
    for word, value in given.items():
        kind = str if word in _PLAIN else bool if word in _FLAGS else list
        if word != "from" and not isinstance(value, kind):
            shape = {str: "a text", bool: "true or false", list: "a list of texts"}[kind]
            place.refuse(word, f"{word} must be {shape}")
        if isinstance(value, list) and not all(isinstance(each, str) for each in value):
            place.refuse(word, f"{word} must be a list of texts")
        if value == "":
            place.refuse(word, f"{word} must not be empty")
        if word in _ONE_OF and value not in _ONE_OF[word]:
            place.refuse(word, f'{word} must be {_choice(_ONE_OF[word])}, not "{value}"')
    zone = given.get("zone", "UTC")
    if zone not in zoneinfo.available_timezones():
        near = difflib.get_close_matches(zone, zoneinfo.available_timezones(), 1)
        meant = f": did you mean {near[0]}?" if near else ""
        place.refuse("zone", f'zone must name a time zone, and "{zone}" does not{meant}')
    schema, table = _named(given["table"], place, "table")
    reference = _reference(given["from"], schema, place) if "from" in given else None
    values = {word: given[word] for word in (*_PLAIN, *_FLAGS) if word in given}
    values |= {word: tuple(given[word]) for word in _LISTS if word in given}
    columns = _columns(given["key"], given["clock"], reference, values.get("fills", ()))
    values |= {"table": table, "schema": schema, "reference": reference, "columns": columns}
    return Guard(**values)


def _columns(
    key: str, clock: str, reference: Reference | None, fills: tuple[str, ...]
) -> tuple[str, ...]:
    """Which columns does a trigger of ours name, in UPDATE OF? All by which the key goes."""
    if reference is None:
        return (clock, key)
    if reference.required:
        return (reference.column, key, *fills)
    return (reference.column, clock, key, *fills)


def _reference(given: Any, schema: str, place: _Place) -> Reference:
    if not isinstance(given, dict):
        place.refuse("from", "from must hold column, table, id and key, in { }")
    _known(given, _FROM, place, "from: ")
    _complete(given, ("column", "table", "id", "key"), place, "from: ")
    for word, value in given.items():
        if not isinstance(value, bool if word in ("required", "outlives") else str) or value == "":
            shape = "true or false" if word in ("required", "outlives") else "a text"
            place.refuse("from", f"from: {word} must be {shape}")
    home, table = _named(given["table"], place, "from")
    if home != schema:
        place.refuse("from", f"from: {table} must be in the schema of the guarded table, {schema}")
    return Reference(**{**given, "table": table})


def _in_order(guards: list[Guard], places: list[_Place]) -> tuple[Guard, ...]:
    """Each after the one that it refers to. A name stands for one thing alone."""
    of = {guard.table: (guard, place) for guard, place in zip(guards, places, strict=True)}
    for word in ("table", "trigger", "function"):
        seen = set[str]()
        for guard, place in zip(guards, places, strict=True):
            name = getattr(guard, word)
            if name in seen and word != "trigger":
                place.refuse(word, f"another guard has the {word} {name} already")
            seen.add(name)
    refers = {
        guard.table: {guard.reference.table} & of.keys() if guard.reference else set()
        for guard in guards
    }
    try:
        order = list(TopologicalSorter(refers).static_order())
    except CycleError as error:
        around = list(reversed(error.args[1]))
        of[around[0]][1].refuse(
            "from", f"the guards refer to one another in a circle: {' from '.join(around)}"
        )
    found = dict[str, Guard]()
    for name in sorted(order, key=lambda name: _rank(name, refers, of)):
        guard, place = of[name]
        above = found.get(guard.reference.table) if guard.reference else None
        found[name] = _as_above(guard, above, place) if above else guard
    return tuple(found.values())


def _as_above(guard: Guard, above: Guard, place: _Place) -> Guard:
    """A key that is another's stands for the periods that the other stands for."""
    for word in ("every", "zone", "kind"):
        own = getattr(above, word)
        if place.says(word) and getattr(guard, word) != own:
            place.refuse(word, f'{word} must be "{own}", as it is of {above.table}')
    return replace(guard, every=above.every, zone=above.zone, kind=guard.kind or above.kind)


def _rank(
    name: str, refers: Mapping[str, set[str]], of: Mapping[str, tuple[Guard, _Place]]
) -> tuple[int, int]:
    """How many references stand before it; among equals the file's own order counts."""
    depth, home = 0, name
    while refers[home]:
        (home,) = refers[home]
        depth += 1
    return depth, list(of).index(name)


def _known(given: Mapping[str, Any], words: Iterable[str], place: _Place, where: str) -> None:
    known = list(words)
    for word in given:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            meant = f": did you mean {near[0]}?" if near else f". Known: {', '.join(known)}"
            place.refuse(word if not where else "from", f"{where}{word} is no word of it{meant}")


def _complete(given: Mapping[str, Any], words: Iterable[str], place: _Place, where: str) -> None:
    lacking = [word for word in words if word not in given]
    if lacking:
        place.refuse("from" if where else "table", f"{where}{' and '.join(lacking)} must be there")


def _choice(words: Iterable[str]) -> str:
    *most, last = (f'"{word}"' for word in words)
    return f"{', '.join(most)} or {last}"


def _named(text: str, place: _Place, word: str) -> tuple[str, str]:
    """Schema and table, as SQL writes them: what is quoted there stands as it is."""
    parts, rest = list[str](), text
    while rest:
        if rest.startswith('"'):
            body, rest = _quoted(rest)
        else:
            body, dot, after = rest.partition(".")
            body, rest = body.lower(), f"{dot}{after}"
        parts.append(body)
        if not rest:
            break
        if not rest.startswith(".") or rest == ".":
            parts.append("")
            break
        rest = rest[1:]
    if len(parts) != 2 or not all(parts):
        place.refuse(word, f"{word} must name the schema too, as SQL does: public.{text}")
    return parts[0], parts[1]


def _quoted(text: str) -> tuple[str, str]:
    """What stands between the quotes at its beginning, and what follows."""
    pieces = text[1:].split('"')
    name = pieces.pop(0)
    while pieces[1:] and pieces[0] == "":
        pieces.pop(0)
        name += f'"{pieces.pop(0)}'
    return name, '"'.join(pieces)
