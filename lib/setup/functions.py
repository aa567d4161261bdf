"""Which text has the function of a declared guard, where none is there yet?

It is as those of sql/setup/10_guards.sql are: a definer with an empty search_path, that reads no
column of a home-made type but the table's own, for whoever may execute it may hang it on a table of
theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lib.core import visible
from lib.core.errors import SetupFailed
from lib.core.guards import Guard, Reference
from lib.core.periods import Kind
from lib.db.sql import literal, quoted

Types = Mapping[str, list[str]]  # a table's columns, each with the schema and name of its type
_KINDS: dict[str, Kind] = {
    "date": "date", "timestamptz": "timestamptz", "int2": "int", "int4": "int", "int8": "int"
}  # fmt: skip
_CLOCK = ["pg_catalog", "timestamptz"]


@dataclass(frozen=True)
class Known:
    """The columns of the guarded table, and of the one that it refers to (else empty)."""

    own: Types
    parent: Types


def name_of(identifier: str) -> str:
    """The identifier as PL/pgSQL reads it: of a row's column it knows no name by numbers."""
    if "%" in identifier or visible.acts(identifier):
        doubled = identifier.replace('"', '""')
        return f'"{doubled}"'
    return quoted(identifier)


def value_of(value: object) -> str:
    """The value as a text between dollars may have it."""
    if isinstance(value, str) and "$" in value:
        return visible.string(value).replace("$", r"\u0024")
    if isinstance(value, list):
        return f"array[{', '.join(map(value_of, value))}]::text[]"
    return literal(value)


def between_dollars(text: str, tag: str, *others: str) -> str:
    """The text as a value, readable as it is where no name in it ends these quotes or others."""
    if any(f"${each}$" in text for each in (tag, *others)):
        return value_of(text)
    return f"${tag}$\n{text}${tag}$"


def start_of_period(guard: Guard, clock: str, types: Types) -> str:
    """The right key of a row with this clock: the one place that knows what `every` means here.

    Raises: SetupFailed where its columns are of other types.
    """
    schema, name = types[guard.key]
    kind = _KINDS.get(name) if schema == "pg_catalog" else None
    if types[guard.clock] != _CLOCK or kind is None or guard.kind not in (None, kind):
        raise SetupFailed(
            f"{guard.relation}: the setup makes guards of a {' '.join(_CLOCK[1:])} and a key that "
            f"is a date, a timestamptz or a whole number, and {guard.clock} is "
            f"{types[guard.clock][1]}, {guard.key} {name}: write its function yourself."
        )
    text = replace(guard, kind=kind).keys.key_at(clock)
    for short, whole in (("::date", "::pg_catalog.date"), ("::bigint", f"::pg_catalog.{name}")):
        text = text.replace(short, whole)
    for each in ("date_trunc(", "to_char("):
        text = text.replace(each, f"pg_catalog.{each}")
    return text


def filled(guard: Guard, known: Known) -> list[str]:
    """Which columns does it fill from the other table? Those that both have, of one type."""
    return [each for each in guard.fills if known.own.get(each, "") == known.parent.get(each)]


def statement(guard: Guard, known: Known) -> str:
    """The statement that creates its function."""
    inner = _of_its_clock(guard, known) if guard.reference is None else ""
    if guard.reference is not None:
        inner = _of_another_row(guard, guard.reference, known)
    return (
        f"create or replace function {name_of(guard.schema)}.{name_of(guard.function)}()\n"
        "returns trigger\nlanguage plpgsql\nsecurity definer\nset search_path = ''\n"
        f"as {between_dollars(inner, 'body')}\n"
    )


def _of_its_clock(guard: Guard, known: Known) -> str:
    key, clock = f"new.{name_of(guard.key)}", f"new.{name_of(guard.clock)}"
    return (
        f"begin\n{_typed([guard.clock, guard.key], known.own)}"
        f"    if {clock} is null then\n        {clock} := pg_catalog.now();\n    end if;\n"
        f"    {key} := {start_of_period(guard, clock, known.own)};\n    return new;\nend\n"
    )


def _of_another_row(guard: Guard, reference: Reference, known: Known) -> str:
    """The key that was sent is nearly always right: one partition is read, then all of them."""
    key, column = f"new.{name_of(guard.key)}", f"new.{name_of(reference.column)}"
    fills = filled(guard, known)
    chosen = ", ".join(f"referred.{name_of(each)}" for each in (reference.key, *fills))
    source = (
        f"    select {chosen} into found_row\n"
        f"    from {name_of(guard.schema)}.{name_of(reference.table)} as referred\n"
        f"    where referred.{name_of(reference.id)} = {column}"
    )
    sent = f"{source} and referred.{name_of(reference.key)} = {key};\n"
    any_key = f"{source}\n    order by referred.{name_of(reference.key)} desc\n    limit 1;\n"
    return (
        "#variable_conflict use_column\ndeclare\n    found_row pg_catalog.record;\nbegin\n"
        f"{_typed([reference.column, guard.key, *fills], known.own)}"
        f"{_without_reference(guard, reference, key, column)}"
        f"{sent}"
        f"    if not found then\n{_indented(any_key)}    end if;\n\n"
        f"    if found then\n        {key} := found_row.{name_of(reference.key)};\n"
        f"{''.join(map(_fill, fills))}"
        f"    {_unknown(guard, reference, key, column)}    end if;\n"
        "    return new;\nend\n"
    )


def _without_reference(guard: Guard, reference: Reference, key: str, column: str) -> str:
    """What becomes of a row that names none, or of one whose writer is believed."""
    text = "        return new;\n"
    if reference.required:
        said = value_of(f"{reference.column} cannot be NULL")
        text = f"        raise exception '%', {said} using errcode = 'not_null_violation';\n"
    text = f"    if {column} is null then\n{text}    end if;\n"
    if guard.sets == "when null":
        text += f"    if {key} is not null then\n        return new;\n    end if;\n"
    return f"{text}\n"


def _fill(column: str) -> str:
    own = f"new.{name_of(column)}"
    return (
        f"        if {own} is null then\n"
        f"            {own} := found_row.{name_of(column)};\n        end if;\n"
    )


def _unknown(guard: Guard, reference: Reference, key: str, column: str) -> str:
    """What becomes of a row that names one that is not there: kept, if it brings its key itself."""
    kept = f"elsif {key} is null then" if guard.unknown == "keep" else "else"
    table = value_of(f"{guard.schema}.{reference.table}")
    return (
        f"{kept}\n        raise exception '% has no row %', {table}, {column}\n"
        "            using errcode = 'foreign_key_violation';\n"
    )


def _typed(columns: Iterable[str], types: Types) -> str:
    """Refuses a column of a home-made type that is not the table's own."""
    kinds = [(f"pg_catalog.pg_typeof(new.{name_of(each)})", _type(types[each])) for each in columns]
    other = "\n       or ".join(f"{kind} <> {own}" for kind, own in kinds)
    told = ", ".join(kind for kind, _ in kinds)
    return (
        f"    if {other} then\n"
        f"        if exists (select from pg_catalog.pg_type as t where t.oid in (\n"
        f"                {told}\n"
        "            ) and t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace) then\n"
        "            raise exception 'a column here is of another type than the guarded table''s'\n"
        "                using errcode = 'datatype_mismatch';\n"
        "        end if;\n    end if;\n\n"
    )


def _type(named: list[str]) -> str:
    written = value_of(".".join(map(name_of, named)))
    return f"{written}::pg_catalog.regtype"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
