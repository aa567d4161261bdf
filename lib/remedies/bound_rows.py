"""Which SQL moves rows together with all that a foreign key binds to them?

In one statement: a key that is not deferrable, and one that would set null what refers, is looked
at when a statement ends, and by then what refers has its new key already.
Source: PostgreSQL manual, "Data-Modifying Statements in WITH".
"""

from __future__ import annotations

from collections.abc import Sequence

from lib.core.bindings import Binding, Bound, Named
from lib.db.sql import literal, quoted
from lib.remedies.remedies import text_of

COUNTED = (
    "create temporary table counted (place serial, relation text, rows bigint) on commit drop;\n"
)
HINT = "Switch that trigger off while the keys are repaired, then run this again."


def relation_of(table: Named) -> str:
    """The table, quoted where it must be."""
    return ".".join(map(quoted, table))


def place_of(table: Named) -> str:
    """The table as a regclass: of a name that steers a terminal, no other text can be read."""
    return f"to_regclass(format('%I.%I', {literal(table[0])}, {literal(table[1])}))"


def count(relation: str) -> str:
    """Keeps how many rows of it the statement before has moved; in PL/pgSQL, with `counting`."""
    return (
        "get diagnostics counting = row_count;\n"
        f"insert into counted (relation, rows) values ({text_of(relation)}, counting);\n"
    )


def move_together(moves: Sequence[Bound], source: str, row: str, month: str) -> str:
    """Moves the rows of the first of these, and those of the others with them; in PL/pgSQL.

    `source` is what stands after FROM, with the first table as `row`, and `month` its new key.
    """
    places = {each.table: place for place, each in enumerate(moves)}
    steps = [_first(moves, source, row, month)]
    steps += [_chosen(each, places, moves) for each in moves[1:]]
    steps += [_updated(each, place) for place, each in enumerate(moves)]
    rows = [
        f"  ({literal('.'.join(each.table))}, (select count(*) from u{place}),\n"
        f"    (select count(*) from w{place}),"
        f" (select count(*) from u{place} where altered))"
        for place, each in enumerate(moves)
    ]
    return (
        "truncate together;\n"
        f"with {', '.join(steps)}\n"
        "insert into together values\n" + ",\n".join(rows) + ";\n"
        "insert into counted (relation, rows) select relation, rows from together;\n"
        "if exists (select from together where rows <> chosen or altered > 0) then\n"
        "  raise exception using errcode = 'WT003',\n"
        "    message = (select format('a trigger or a rule changes more of the rows of %s than '\n"
        "        'their key, or keeps them from it; nothing of this batch was changed', relation)\n"
        "      from together where rows <> chosen or altered > 0 limit 1),\n"
        f"    hint = {text_of(HINT)};\n"
        "end if;\n"
    )


TOGETHER = (
    "create temporary table together (relation text, rows bigint, chosen bigint, altered bigint)\n"
    "  on commit drop;\n"
)


def joint(moves: Sequence[Bound]) -> bool:
    """Is there more to move in one statement than the rows themselves?"""
    return any(each.by or each.to_itself for each in moves)


def lock(moves: Sequence[Bound]) -> str:
    """Keeps the writers of these tables away, so that no row is missed."""
    own = ", ".join(f"only {relation_of(each.table)}" for each in moves)
    return own and f"lock table {own} in share row exclusive mode;\n"


def _new(column: str) -> str:
    return quoted(f"new {column}")


def _old(column: str) -> str:
    return quoted(f"old {column}")


def _first(moves: Sequence[Bound], source: str, row: str, month: str) -> str:
    own = moves[0]
    chosen = (
        "m0 as materialized (\n"
        f"  select {row}.tableoid as leaf, {row}.ctid as at, {month} as {_new(own.moving[0])}"
        f"{_as_they_were(own, moves, row)}\n"
        f"  from {source})"
    )
    return _with_itself(own, 0, chosen, moves)


def _chosen(own: Bound, places: dict[Named, int], moves: Sequence[Bound]) -> str:
    """Which rows refer to those that move, and what becomes of them?"""
    place, joined = places[own.table], len(own.by) == 1
    news = {
        column: [
            f"p{n}.{_new(parent)}"
            for n, each in enumerate(own.by)
            for mine, parent in zip(each.columns, each.parent_columns, strict=True)
            if mine == column and parent in moves[places[each.parent]].moving
        ]
        for column in own.moving
    }
    made = "".join(
        f",\n    coalesce({', '.join(values)}) as {_new(column)}"
        for column, values in news.items()
        if values
    )
    joins = "".join(
        f"\n  {'' if joined else 'left '}join w{places[each.parent]} as p{n}"
        f" on {_pairs(each, f'p{n}')}"
        for n, each in enumerate(own.by)
    )
    some = (
        ""
        if joined
        else "\n  where " + " or ".join(f"p{n}.leaf is not null" for n in range(len(own.by)))
    )
    chosen = (
        f"m{place} as materialized (\n"
        f"  select t.tableoid as leaf, t.ctid as at{made}{_as_they_were(own, moves, 't')},\n"
        f"    {_held(own)} as held\n"
        f"  from {relation_of(own.table)} as t{joins}{some})"
    )
    return _with_itself(own, place, chosen, moves)


def _with_itself(own: Bound, place: int, chosen: str, moves: Sequence[Bound]) -> str:
    """With those rows of the table that refer to rows of it which move."""
    if not own.to_itself:
        return f"{chosen},\nw{place} as (select * from m{place})"
    first = [name for name in own.moving if not _by_itself(own, name)]
    more = [name for name in own.moving if _by_itself(own, name)]
    joins = "".join(
        f"\n  left join m{place} as p{n} on {_pairs(each, f'p{n}')}"
        for n, each in enumerate(own.to_itself)
    )
    some = " or ".join(f"p{n}.leaf is not null" for n in range(len(own.to_itself)))
    news = ", ".join(
        f"coalesce({', '.join(_by_itself(own, name))}) as {_new(name)}" for name in more
    )
    named = ", ".join(f"m.{_new(name)}" for name in first) + ", "
    named += ", ".join(f"s.{_new(name)}" for name in more)
    olds = "".join(f", m.{_old(name)}" for name in _referred(own, moves))
    held = ", coalesce(m.held, s.held) as held" if own.by else ""
    return (
        f"{chosen},\n"
        f"s{place} as materialized (\n"
        f"  select t.tableoid as leaf, t.ctid as at, {news}, {_held(own)} as held\n"
        f"  from {relation_of(own.table)} as t{joins}\n"
        f"  where {some}),\n"
        f"w{place} as (\n"
        "  select coalesce(m.leaf, s.leaf) as leaf, coalesce(m.at, s.at) as at,\n"
        f"    {named}{held}{olds}\n"
        f"  from m{place} as m full join s{place} as s on s.leaf = m.leaf and s.at = m.at)"
    )


def _by_itself(own: Bound, column: str) -> list[str]:
    """What becomes of this column by the table's keys to itself?"""
    return [
        f"p{n}.{_new(parent)}"
        for n, each in enumerate(own.to_itself)
        for mine, parent in zip(each.columns, each.parent_columns, strict=True)
        if mine == column and mine != parent and parent in own.moving
    ]


def _updated(own: Bound, place: int) -> str:
    sets = ", ".join(
        f"{quoted(name)} = coalesce(w.{_new(name)}, t.{quoted(name)})" for name in own.moving
    )
    stays = f"{_held(own)} is distinct from w.held" if place else "false"
    after = "\n    and (select count(*) from u0) >= 0" if place else ""
    kept = " or ".join(f"t.{quoted(name)} <> w.{_new(name)}" for name in own.moving)
    return (
        f"u{place} as (\n"
        f"  update {relation_of(own.table)} as t set {sets} from w{place} as w\n"
        f"  where t.tableoid = w.leaf and t.ctid = w.at{after}\n"
        f"  returning {stays} or coalesce({kept}, false) as altered)"
    )


def _held(own: Bound) -> str:
    """What a row holds besides what moves, what PostgreSQL makes of it, and notes of a change."""
    names = ", ".join(literal(name) for name in (*own.moving, *own.noted))
    return (
        "to_jsonb(t) - array(select attname::text from pg_attribute\n"
        f"      where attrelid = {place_of(own.table)}\n"
        f"        and (attname in ({names}) or attgenerated <> ''))"
    )


def _pairs(each: Binding, parent: str) -> str:
    pairs = zip(each.columns, each.parent_columns, strict=True)
    return " and ".join(f"t.{quoted(own)} = {parent}.{_old(theirs)}" for own, theirs in pairs)


def _as_they_were(own: Bound, moves: Sequence[Bound], row: str) -> str:
    """The columns by which rows refer to it, before they change."""
    names = _referred(own, moves)
    return "".join(f",\n    {row}.{quoted(name)} as {_old(name)}" for name in names)


def _referred(own: Bound, moves: Sequence[Bound]) -> list[str]:
    keys = (key for each in moves for key in (*each.by, *each.to_itself))
    named = [name for key in keys if key.parent == own.table for name in key.parent_columns]
    return list(dict.fromkeys(named))
