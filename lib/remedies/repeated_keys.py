"""Which SQL refuses to move a row whose key is repeated where the repair does not reach?"""

from __future__ import annotations

from collections.abc import Sequence

from lib.core.bindings import Named
from lib.core.declaration import declared
from lib.core.guards import Guard
from lib.remedies.bound_rows import place_of
from lib.remedies.remedies import table_of, text_of

A_COPY = "Partition Watchtower: a copy of rows of DEFAULT, on their way"

_HINT = (
    "Nothing was changed. Those rows would no longer find theirs: move them in the same "
    "transaction, or leave them behind on purpose by taking this block out of the printed SQL."
)


def refuse_to_tear(
    guard: Guard, guards: tuple[Guard, ...], rows: str, known: Sequence[Named] = ()
) -> str:
    """Stops where a table that is not listed repeats the key of these rows (id, was).

    By a foreign key, or by columns that bear the names which the guarded tables give them. `rows`
    is a relation or a subquery, as it stands after FROM. The `known` tables move too.
    """
    listed = [(each.schema, each.table) for each in (guard, *guards)]
    own = ", ".join(map(place_of, dict.fromkeys([*listed, *known])))
    count = "select count(*) from %s as t join {rows} as m on t.%s = m.id and t.%s = m.was"
    return (
        "do $torn$\n"
        "declare\n"
        "  other record;\n"
        "  torn bigint;\n"
        "begin\n"
        "  for other in\n"
        "    select r.*, format('%I.%I', n.nspname, c.relname) as name from (\n"
        f"{_repeating(guard)}"
        "    ) as r\n"
        "    join pg_class as c on c.oid = r.relation\n"
        "    join pg_namespace as n on n.oid = c.relnamespace\n"
        f"    where r.relation <> all (array_remove(array[{own}]::oid[], null))\n"
        "  loop\n"
        f"    execute format({text_of(count.format(rows=rows.replace('%', '%%')))},\n"
        "      other.name, other.id, other.key) into torn;\n"
        "    if torn > 0 then\n"
        "      raise exception using errcode = 'WT003',\n"
        "        message = format('%s rows of %s repeat the key of these rows (%s, %s), '\n"
        "          'and that table is not among the guarded ones',\n"
        "          torn, other.name, other.id, other.key),\n"
        f"        hint = {text_of(_HINT)};\n"
        "    end if;\n"
        "  end loop;\n"
        "end\n"
        "$torn$;\n"
    )


def _repeating(guard: Guard) -> str:
    """What refers to (id, key) by a constraint, or looks as if it did; a table as a whole."""
    table, columns = text_of(table_of(guard)), (text_of(guard.id), text_of(guard.key))
    named = [g for g in declared() if g.reference is not None and g.reference.table == guard.table]
    ids = ", ".join(text_of(g.reference.column) for g in named if g.reference)
    keys = ", ".join(text_of(g.key) for g in (guard, *named))
    return (
        "      select coalesce(pg_partition_root(k.conrelid), k.conrelid)::oid as relation,\n"
        "        quote_ident(i.attname) as id, quote_ident(m.attname) as key\n"
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
        f"        and k.confrelid = {table}::regclass\n"
        "      union\n"
        "      select c.oid, quote_ident(i.attname), quote_ident(m.attname)\n"
        "      from pg_class as c\n"
        "      join pg_attribute as i on i.attrelid = c.oid and not i.attisdropped\n"
        f"        and i.attname in ({ids})\n"
        "      join pg_attribute as m on m.attrelid = c.oid and not m.attisdropped\n"
        f"        and m.attname in ({keys})\n"
        f"      join pg_attribute as p on p.attrelid = {table}::regclass\n"
        f"        and p.attname = {columns[0]} and p.atttypid = i.atttypid\n"
        "      where c.relkind in ('r', 'p') and not c.relispartition\n"
        "        and c.relpersistence <> 't' and m.atttypid = 'date'::regtype\n"
        f"        and obj_description(c.oid, 'pg_class') is distinct from {text_of(A_COPY)}\n"
    )
