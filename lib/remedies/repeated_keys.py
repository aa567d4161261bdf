"""Which SQL refuses to move a row whose key is repeated where the repair does not reach?

What a foreign key binds moves too, where it belongs to the same owner; of any other the key itself
is evidence enough. A table is suspected without one where its rows hold, side by side, the id and
the key of rows that are to move, in columns of their types that are named as a key is or that a
view or a function names together with it, and most of its rows that name a row there repeat its
key.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from lib.core.bindings import Named
from lib.core.declaration import declared
from lib.core.guards import Guard
from lib.db.sql import literal, quoted
from lib.remedies.bound_rows import place_of
from lib.remedies.remedies import table_of, text_of

A_COPY = "Partition Watchtower: a copy of rows of DEFAULT, on their way"
LEAVE = "partition_watchtower.leave_behind"  # a setting: the tables, as a JSON array

_SAMPLE = 1000  # rows of a suspected table by which it is judged
_HINT = (
    "Nothing was changed, for those rows would no longer find theirs. Declare it, so that they "
    "move too: a [[guard]] with table = %s, key = %s and "
    "from = { column = %s, table = %s, id = %s, key = %s }. "
    "Or leave them behind on purpose: apply --yes --leave-behind %s, or in psql set %s = %s;"
)


def leaving(tables: Sequence[str], scope: str = "") -> str:
    """Lets these tables be, as SQL names them: until the session ends, or "local " to here."""
    named = json.dumps(list(tables))
    return f"set {scope}{LEAVE} = {literal(named)};\n" if tables else ""


def refuse_to_tear(
    guard: Guard, guards: tuple[Guard, ...], rows: str, known: Sequence[Named] = ()
) -> str:
    """Stops where a table that is not listed repeats the key of these rows (id, was).

    `rows` is a relation or a subquery, as it stands after FROM. The `known` tables move too.
    """
    listed = [(each.schema, each.table) for each in (guard, *guards)]
    own = ", ".join(map(place_of, dict.fromkeys([*listed, *known])))
    count = "select count(*) from %s as t join {rows} as m on t.%s = m.id and t.%s = m.was"
    there = f"select from {table_of(guard)} as p where p.{_column(guard.id)} = t.id"
    most = (
        f"select 2 * count(*) filter (where exists ({there}\n"
        f"  and p.{_column(guard.key)} = t.key)) > count(*) filter (where exists ({there}))\n"
        f"from (select s.%s as id, s.%s as key from %s as s where s.%s is not null limit {_SAMPLE})"
        " as t"
    )
    told = ", ".join(
        [
            *("to_json(other.name)", "to_json(other.bare_key)", "to_json(other.bare_id)"),
            *(f"to_json({literal(each)}::text)" for each in _source(guard)),
            "other.name",
            text_of(LEAVE),
            "quote_literal(json_build_array(other.name)::text)",
        ]
    )
    return (
        "do $torn$\n"
        "declare\n"
        "  other record;\n"
        "  torn bigint;\n"
        "  alike boolean;\n"
        "begin\n"
        "  for other in\n"
        f"{_naming(guard)}"
        "    select r.*, format('%I.%I', n.nspname, c.relname) as name,\n"
        "      quote_ident(r.bare_id) as id, quote_ident(r.bare_key) as key\n"
        "    from (\n"
        f"{_repeating(guard)}"
        "    ) as r\n"
        "    join pg_class as c on c.oid = r.relation\n"
        "    join pg_namespace as n on n.oid = c.relnamespace\n"
        f"    where r.relation <> all (array_remove(array[{own}]::oid[], null))\n"
        "      and not exists (\n"
        "        select from json_array_elements_text(\n"
        f"          coalesce(nullif(current_setting({text_of(LEAVE)}, true), ''), '[]')::json)\n"
        "          as aside (name)\n"
        "        where to_regclass(aside.name) = r.relation)\n"
        "  loop\n"
        f"    execute format({text_of(count.format(rows=rows.replace('%', '%%')))},\n"
        "      other.name, other.id, other.key) into torn;\n"
        "    alike := torn > 0;\n"
        "    if alike and not other.bound then\n"
        f"      execute format({text_of(most)},\n"
        "        other.id, other.key, other.name, other.id) into alike;\n"
        "    end if;\n"
        "    if alike then\n"
        "      raise exception using errcode = 'WT003',\n"
        "        message = format('%s rows of %s repeat the key of these rows (%s, %s), '\n"
        "          'and nobody has declared that', torn, other.name, other.id, other.key),\n"
        f"        hint = format({text_of(_HINT)},\n"
        f"          {told});\n"
        "    end if;\n"
        "  end loop;\n"
        "end\n"
        "$torn$;\n"
    )


def _column(name: str) -> str:
    """The column, quoted, as it stands within a text that format() reads."""
    return quoted(name).replace("%", "%%")


def _source(guard: Guard) -> tuple[str, str, str]:
    """Where the key comes from, as a declaration names it."""
    return table_of(guard), guard.id, guard.key


def _repeating(guard: Guard) -> str:
    """What refers to (id, key) by a constraint, or looks as if it did; a table as a whole."""
    table = place_of((guard.schema, guard.table))
    columns = literal(guard.id), literal(guard.key)
    named = [g for g in declared() if g.reference is not None and g.reference.table == guard.table]
    keys = ", ".join(f"({literal(key)})" for key in dict.fromkeys(g.key for g in (guard, *named)))
    return (
        "      select coalesce(pg_partition_root(k.conrelid), k.conrelid)::oid as relation,\n"
        "        i.attname as bare_id, m.attname as bare_key, true as bound\n"
        "      from pg_constraint as k\n"
        "      join pg_attribute as pi on pi.attrelid = k.confrelid\n"
        f"        and pi.attname = {columns[0]}\n"
        "      join pg_attribute as pm on pm.attrelid = k.confrelid\n"
        f"        and pm.attname = {columns[1]}\n"
        "      join pg_attribute as i on i.attrelid = k.conrelid\n"
        "        and i.attnum = k.conkey[array_position(k.confkey, pi.attnum)]\n"
        "      join pg_attribute as m on m.attrelid = k.conrelid\n"
        "        and m.attnum = k.conkey[array_position(k.confkey, pm.attnum)]\n"
        f"      where k.contype = 'f' and k.confupdtype <> 'c'\n"
        f"        and k.confrelid = {table}\n"
        "      union\n"
        "      select c.oid, i.attname, m.attname, false\n"
        "      from pg_class as c\n"
        f"      join pg_class as g on g.oid = {table}\n"
        "      join pg_attribute as pi on pi.attrelid = g.oid\n"
        f"        and pi.attname = {columns[0]}\n"
        "      join pg_attribute as pm on pm.attrelid = g.oid\n"
        f"        and pm.attname = {columns[1]}\n"
        "      join pg_attribute as i on i.attrelid = c.oid and not i.attisdropped\n"
        "        and i.attnum > 0 and i.atttypid = pi.atttypid\n"
        "      join pg_attribute as m on m.attrelid = c.oid and not m.attisdropped\n"
        "        and m.attnum > 0 and m.atttypid = pm.atttypid and m.attnum <> i.attnum\n"
        "      where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'\n"
        "        and c.relnamespace <> all (array['pg_catalog'::regnamespace,\n"
        "          'information_schema'::regnamespace]::oid[])\n"
        "        and has_schema_privilege(c.relnamespace, 'usage')\n"
        "        and has_table_privilege(c.oid, 'select')\n"
        f"        and obj_description(c.oid, 'pg_class') is distinct from {text_of(A_COPY)}\n"
        "        and (exists (  -- named as a key is: created_month, session_month\n"
        f"          select from (values {keys}) as known (key)\n"
        "          where m.attname = known.key or right(m.attname,\n"
        "            length(substring(known.key from '[^_]*$')) + 1)\n"
        "            = '_' || substring(known.key from '[^_]*$')\n"
        "        ) or exists (  -- a view, or a function, names both tables' columns\n"
        "          select from pg_depend as d join naming as o\n"
        "            on o.classid = d.classid and o.objid = d.objid\n"
        "          where d.refclassid = 'pg_class'::regclass\n"
        "            and (d.refobjid, d.refobjsubid) = (c.oid, m.attnum)\n"
        "        ) or exists (\n"
        "          select from speaking as f where position(c.relname in f.prosrc) > 0\n"
        "            and position(m.attname in f.prosrc) > 0))\n"
    )


def _naming(guard: Guard) -> str:
    """Which views and functions name the key of this table?"""
    table = place_of((guard.schema, guard.table))
    return (
        "    with naming as materialized (\n"
        "      select distinct o.classid, o.objid from pg_depend as o\n"
        "      join pg_attribute as k on k.attrelid = o.refobjid and k.attnum = o.refobjsubid\n"
        f"      where o.refclassid = 'pg_class'::regclass and o.refobjid = {table}\n"
        f"        and k.attname = {literal(guard.key)}\n"
        "        and o.classid in ('pg_rewrite'::regclass, 'pg_proc'::regclass)\n"
        "    ), speaking as materialized (\n"
        "      select f.prosrc from pg_proc as f\n"
        "      where f.pronamespace <> 'pg_catalog'::regnamespace\n"
        f"        and position({literal(guard.table)} in f.prosrc) > 0\n"
        f"        and position({literal(guard.key)} in f.prosrc) > 0\n"
        "    )\n"
    )
