"""Which SQL brings a constraint back while everybody goes on writing?

To compare every row takes long, and adding a foreign key does it under a lock that keeps writers
out. So the key is added NOT VALID, which only looks at new rows, and validated afterwards, which
keeps nobody waiting. Before PostgreSQL 18 a partitioned table can have no such key: there each
partition gets one of its own first, and the table's takes those over without comparing anything.
Source: PostgreSQL manual, "ALTER TABLE".
"""

from __future__ import annotations

from lib.core.declaration import declared
from lib.core.guards import Guard
from lib.core.remedies import Remedies, statements
from lib.db.sql import quoted
from lib.remedies import locks
from lib.remedies.remedies import KEPT, NOTHING_BACK, table_of, text_of

# Rather give up than queue the application. Writers lock the two tables in either order, so one
# may wait for a transaction that waits twice: both waits end before its deadlock_timeout of 1 s,
# or PostgreSQL would end the writer.
LOCK_TIMEOUT = "set local lock_timeout = '250ms';"
UNHURRIED = "set local lock_timeout = '30s';\nset local statement_timeout = 0;"  # nobody queues

UNPROVEN = "Partition Watchtower: not every row is compared yet"  # a key's comment until then

_NO_NULLS = "watchtower_key_is_set"
_PROVEN = "-- while everybody goes on writing: each row is compared, and nobody waits for it"


def foreign_key(guard: Guard) -> str:
    """What the pair (reference, month) is tied by, as a clause."""
    reference = guard.reference
    assert reference is not None
    return (
        f"foreign key ({quoted(reference.column)}, {quoted(guard.key)})\n"
        f"  references {quoted(guard.schema)}.{quoted(reference.table)}"
        f" ({quoted(reference.id)}, {quoted(reference.key)})\n"
        "  on delete cascade deferrable initially deferred"
    )


def add_foreign_key(guard: Guard, replaced: str | None = None) -> Remedies:
    """Ties the pair to the table it refers to; refuses what breaks it.

    `replaced` is the name of one that goes in the same moment. May run again where it was cut off.
    """
    assert guard.reference is not None
    table, name = table_of(guard), quoted(guard.foreign_key or "")
    drop = f"alter table {table} drop constraint {quoted(replaced)};\n" if replaced else ""
    parent = f"{quoted(guard.schema)}.{quoted(guard.reference.table)}"
    sql = (
        "-- from here on new rows are judged; it locks both tables for moments\n"
        "begin;\n"
        f"{LOCK_TIMEOUT}\n"
        f"lock table only {table}, only {parent} in share row exclusive mode;\n"
        f"{drop}"
        "create temporary table referring on commit drop as\n"
        f"select {text_of(table)}::regclass as relation, {text_of(name)} as name,\n"
        f"  {text_of(foreign_key(guard))} as definition\n"
        "where not exists (\n"
        f"  select from pg_constraint where conrelid = {text_of(table)}::regclass\n"
        f"    and contype = 'f' and conname = {text_of(guard.foreign_key or '')});\n"
        f"{tie_again()}"
        "commit;"
    )
    again = f" then run its earlier statement: {KEPT}" * bool(replaced)
    return statements(
        sql,
        proof=prove(parent),
        lock=locks.REPLACES_KEY if replaced else "",
        undo=f"alter table {table} drop constraint {name};{again}",
        ties=guard.relation,
    )


def for_each_key(*loops: tuple[str, str]) -> str:
    """One statement: for each row `tie` that a query finds, it does that; pair by pair."""
    return (
        "do $keys$\n"
        "declare\n"
        "  tie record;\n"
        "begin\n"
        + "".join(f"  for tie in\n{query}  loop\n{does}  end loop;\n" for query, does in loops)
        + "end\n"
        "$keys$;\n"
    )


def tie_again() -> str:
    """Adds what the temporary table `referring` holds (relation, name, definition), NOT VALID.

    A partition that has its own of that name already keeps it.
    """
    added = (
        "    select coalesce(p.relid, r.relation) as relation, r.name, r.definition\n"
        "      || case when r.definition ~ 'NOT (VALID|ENFORCED)' then '' else ' not valid' end\n"
        "      as definition\n"
        "    from referring as r\n"
        "    join pg_class as c on c.oid = r.relation\n"
        "    left join pg_partition_tree(r.relation) as p on p.isleaf and c.relkind = 'p'\n"
        "      and current_setting('server_version_num')::int < 180000\n"
        "    where not exists (\n"
        "      select from pg_constraint as own\n"
        "      where own.conrelid = coalesce(p.relid, r.relation)\n"
        "        and own.contype = 'f' and quote_ident(own.conname) = r.name)\n",
        "    execute format('alter table %s add constraint %s %s', tie.relation, tie.name,\n"
        "      tie.definition);\n"
        "    if tie.definition ~ ' not valid$' then\n"
        f"      execute format('comment on constraint %s on %s is %L', tie.name, tie.relation,\n"
        f"        {text_of(UNPROVEN)});\n"
        "    end if;\n",
    )
    return for_each_key(added)


def prove(parent: str) -> str:
    """Compares every row that was not yet; then the table's own key stands for its partitions'.

    Of whatever refers to `parent`, quoted. Changes nothing where all is proven.
    """
    refers = f"k.confrelid = {text_of(parent)}::regclass and k.contype = 'f'"
    unproven = (
        "    select k.conrelid::regclass as relation, k.conname from pg_constraint as k\n"
        f"    where {refers} and k.conparentid = 0 and not k.convalidated\n"
        "      and pg_get_constraintdef(k.oid) !~ 'NOT ENFORCED'\n",
        "    execute format('alter table %s validate constraint %I', tie.relation, tie.conname);\n",
    )
    of_all_leaves = (
        "    select pg_partition_root(k.conrelid) as relation, k.conname,\n"
        "      pg_get_constraintdef(k.oid) as definition\n"
        "    from pg_constraint as k join pg_class as c on c.oid = k.conrelid\n"
        f"    where {refers} and k.conparentid = 0 and k.convalidated and c.relispartition\n"
        "    group by 1, 2, 3\n"
        "    having count(*) = (\n"
        "      select count(*) from pg_partition_tree(pg_partition_root(min(k.conrelid)))\n"
        "      where isleaf)\n",
        "    execute format('alter table %s add constraint %I %s', tie.relation, tie.conname,\n"
        "      tie.definition);\n",
    )
    marked = (
        "    select k.conrelid::regclass as relation, k.conname from pg_constraint as k\n"
        f"    where {refers} and k.convalidated\n"
        f"      and obj_description(k.oid, 'pg_constraint') = {text_of(UNPROVEN)}\n",
        "    execute format('comment on constraint %I on %s is null', tie.conname,"
        " tie.relation);\n",
    )
    return (
        f"{_PROVEN}\n"
        f"begin;\n{UNHURRIED}\n{for_each_key(unproven)}commit;\n"
        "-- before PostgreSQL 18: the table's own, out of those that its partitions have by now\n"
        f"begin;\n{LOCK_TIMEOUT}\n{for_each_key(of_all_leaves, marked)}commit;"
    )


def validate(relation: str, name: str) -> Remedies:
    """Compares the older rows with a constraint that judges the new ones already."""
    sql = f"alter table {relation} validate constraint {quoted(name)};"
    return statements(
        sql,
        lock=locks.COMPARES,
        undo=f"{NOTHING_BACK}: the rows were compared, and none has changed",
    )


def forbid_nulls(guard: Guard, column: str = "") -> Remedies:
    """Makes the key, or another column, NOT NULL; the rows are read for nulls beforehand, while
    nobody waits for it.
    """
    table, key = table_of(guard), quoted(column or guard.key)
    sql = (
        "begin;\n"
        f"{LOCK_TIMEOUT}\n"
        f"alter table {table} drop constraint if exists {_NO_NULLS};\n"
        f"alter table {table} add constraint {_NO_NULLS} check ({key} is not null) not valid;\n"
        "commit;\n"
        f"{_PROVEN}\n"
        "begin;\n"
        f"{UNHURRIED}\n"
        f"alter table {table} validate constraint {_NO_NULLS};\n"
        "commit;\n"
        "begin;\n"
        f"{LOCK_TIMEOUT}\n"
        f"alter table {table} alter column {key} set not null;\n"
        f"alter table {table} drop constraint {_NO_NULLS};\n"
        "commit;"
    )
    undo = f"alter table {table} alter column {key} drop not null;"
    return statements(sql, undo=undo)


def referring(guard: Guard) -> list[Guard]:
    """Which of the guarded tables are tied to this one by a foreign key?"""
    return [
        other
        for other in declared()
        if other.foreign_key and other.reference and other.reference.table == guard.table
    ]
