"""Which SQL gives a month its partition, though DEFAULT holds rows of that month?

PostgreSQL attaches no partition while DEFAULT holds rows that belong into it, and a session that is
deleted takes its events with it (ON DELETE CASCADE). So the rows are copied while everybody goes
on writing; then, in one short transaction, both tables are locked, the foreign keys to the table
go, what was written since the copy follows, the rows change places, and the keys come back.
No trigger fires for them: the rows are right, and stay as they are.
"""

from __future__ import annotations

from datetime import date

from lib.checks.remedies import month_after, partition_of, secure_relation, table_of, text_of
from lib.checks.ties import LOCK_TIMEOUT, UNHURRIED, prove, referring, tie_again
from lib.guards import Guard
from lib.sql import quoted

A_COPY = "Partition Watchtower: a copy of rows of DEFAULT, on their way"
_BOUNDS = "watchtower_of_its_month"


def move_default_rows(guard: Guard, month: date, default: str) -> str:
    """Takes a month's rows out of DEFAULT, makes the partition around them, puts DEFAULT back.

    `default` is that partition, quoted. Cut off, it leaves at most a copy; run again, it ends.
    """
    name, table = partition_of(guard, month), table_of(guard)
    copy = copy_of(guard, month)
    return (
        "-- 1. a copy, while everybody goes on writing\n"
        "begin;\n"
        f"{UNHURRIED}\n"
        f"{_free_name(guard, month, copy)}"
        f"create table {copy} (like {default} including all excluding identity);\n"
        f"comment on table {copy} is {text_of(A_COPY)};\n"
        f"{secure_relation(copy)}\n"
        f"{_copy_rows(copy, default, _of_month(guard, month))}"
        f"{_bound(guard, month, copy)}"
        f"analyze {copy};\n"
        "commit;\n"
        f"{_own_keys(guard, copy)}"
        "-- 2. the exchange: both tables are locked until it commits, for well under a second\n"
        f"{_begin_exchange(guard, default)}"
        f"{_catch_up(guard, month, copy, default)}"
        f"alter table {copy} rename to {quoted(_bare(guard, month))};\n"
        f"{_rename_indexes(guard, month)}"
        f"{_attach(table, name, month)}"
        f"comment on table {name} is null;\n"
        f"{_end_exchange(guard, default)}"
    )


def attach_again(guard: Guard, month: date, relation: str, default: str | None) -> str:
    """Attaches the month's table, which stands detached, with the rows that DEFAULT took meanwhile.

    `relation` and `default`, if there is one, are quoted.
    """
    table = table_of(guard)
    words = f"-- moves the rows of {month:%B %Y} that DEFAULT took meanwhile, if any, then attaches"
    prepared = (
        "begin;\n"
        f"{UNHURRIED}\n"
        f"alter table {relation} drop constraint if exists {_BOUNDS};\n"
        f"{_bound(guard, month, relation)}"
        "commit;\n"
        f"{_own_keys(guard, relation)}"
    )
    if default is None:
        return (
            f"{prepared}begin;\n{LOCK_TIMEOUT}\n{_lock(guard)}"
            f"{_attach(table, relation, month)}commit;"
        )
    return (
        f"{words}\n"
        f"{prepared}"
        f"{_begin_exchange(guard, default)}"
        f"{_copy_rows(relation, default, _of_month(guard, month))}"
        f"delete from only {default} as d {_of_month(guard, month)}\n"
        f"  and exists (select from {relation} as c where {_same(guard)});\n"
        "set constraints all immediate;\n"
        f"{_attach(table, relation, month)}"
        f"{_end_exchange(guard, default)}"
    )


def copy_of(guard: Guard, month: date) -> str:
    """The table that holds the rows on their way, quoted."""
    return f"{quoted(guard.schema)}.{quoted(f'{guard.table}_moving_{month:%Y_%m}')}"


def drop_copy(relation: str) -> str:
    """Removes what a move that was cut off has left. `relation` is quoted; all it holds is copied.

    Does nothing to a table that is not marked as such a copy.
    """
    return (
        "do $copy$\n"
        "begin\n"
        f"  if obj_description(to_regclass({text_of(relation)}), 'pg_class') = {text_of(A_COPY)}\n"
        "  then\n"
        f"    drop table {relation};\n"
        "  end if;\n"
        "end\n"
        "$copy$;\n"
    )


def _bare(guard: Guard, month: date) -> str:
    return f"{guard.table}_{month:%Y_%m}"


def _same(guard: Guard) -> str:
    """The clause for a row d of DEFAULT and a row c elsewhere that are the same row."""
    row_id, key = quoted(guard.id), quoted(guard.key)
    return f"d.{row_id} = c.{row_id} and d.{key} = c.{key}"


def _of_month(guard: Guard, month: date) -> str:
    key = quoted(guard.key)
    return f"where {key} >= '{month}' and {key} < '{month_after(month)}'"


def _free_name(guard: Guard, month: date, copy: str) -> str:
    """Stops, with what to do, where a table of the partition's name stands there already."""
    name, table = partition_of(guard, month), table_of(guard)
    hint = (
        f"If it is the partition of that month: copy the rows of DEFAULT into it, delete them "
        f"there, then: alter table {table} attach partition {name} "
        f"for values from ('{month}') to ('{month_after(month)}'). "
        "Else rename it, and run this again."
    )
    return (
        "do $free$\n"
        "begin\n"
        f"  if to_regclass({text_of(name)}) is not null then\n"
        f"    raise exception using errcode = 'duplicate_table',\n"
        f"      message = {text_of(f'{name} exists already: attach it, or rename it')},\n"
        f"      hint = {text_of(hint)};\n"
        "  end if;\n"
        "end\n"
        "$free$;\n"
        f"{drop_copy(copy)}"
    )


def _copy_rows(into: str, default: str, where: str) -> str:
    """Copies rows column by column: the order of the columns may differ between the two."""
    statement = (
        f"insert into {into} (%1$s) overriding system value select %1$s from only {default} as d "
    )
    return (
        "do $copy$\n"
        "declare\n"
        "  columns text;\n"
        "begin\n"
        "  select string_agg(quote_ident(attname), ', ' order by attnum) into columns\n"
        f"  from pg_attribute where attrelid = {text_of(default)}::regclass\n"
        "    and attnum > 0 and not attisdropped and attgenerated = '';\n"
        f"  execute format({text_of(statement + where)}, columns);\n"
        "end\n"
        "$copy$;\n"
    )


def _bound(guard: Guard, month: date, relation: str) -> str:
    """Proves the bounds beforehand, so that attaching it reads no row."""
    key = quoted(guard.key)
    return (
        f"alter table {relation} add constraint {_BOUNDS} check ({key} is not null\n"
        f"  and {key} >= '{month}' and {key} < '{month_after(month)}');\n"
    )


def _own_keys(guard: Guard, relation: str) -> str:
    """Gives it the table's own foreign keys, proven beforehand, so that attaching compares none."""
    if guard.reference is None:
        return ""
    keys = (
        "    select k.conname, pg_get_constraintdef(k.oid) as definition, k.convalidated\n"
        f"    from pg_constraint as k where k.conrelid = {text_of(table_of(guard))}::regclass\n"
        "      and k.contype = 'f' and k.conparentid = 0\n"
    )
    return (
        "-- its foreign keys, so that the exchange need not compare its rows\n"
        "begin;\n"
        f"{LOCK_TIMEOUT}\n"
        "do $keys$\n"
        "declare\n"
        "  tie record;\n"
        "begin\n"
        "  for tie in\n"
        f"{keys}"
        "      and not exists (select from pg_constraint as own\n"
        f"        where own.conrelid = {text_of(relation)}::regclass and own.contype = 'f'\n"
        "          and own.conname = k.conname)\n"
        "  loop\n"
        f"    execute format('alter table {_escaped(relation)} add constraint %I %s',\n"
        "      tie.conname,\n"
        "      tie.definition || case when tie.convalidated then ' not valid' else '' end);\n"
        "  end loop;\n"
        "end\n"
        "$keys$;\n"
        "commit;\n"
        "begin;\n"
        f"{UNHURRIED}\n"
        "do $keys$\n"
        "declare\n"
        "  tie record;\n"
        "begin\n"
        "  for tie in\n"
        f"{keys}"
        "      and k.convalidated\n"
        "  loop\n"
        f"    execute format('alter table {_escaped(relation)} validate constraint %I',\n"
        "      tie.conname);\n"
        "  end loop;\n"
        "end\n"
        "$keys$;\n"
        "commit;\n"
    )


def _escaped(relation: str) -> str:
    """As it stands within a text that format() reads."""
    return relation.replace("'", "''").replace("%", "%%")


def _lock(guard: Guard) -> str:
    """Locks what refers before what is referred to, always in this order, so that none tangle.

    Nothing stronger is asked for later, so that what waits does so here.
    """
    own = [*(table_of(other) for other in referring(guard)), table_of(guard)]
    text = f"lock table {', '.join(f'only {table}' for table in own)} in access exclusive mode;\n"
    if guard.reference is not None:
        parent = f"{quoted(guard.schema)}.{quoted(guard.reference.table)}"
        text += f"lock table only {parent} in share row exclusive mode;\n"
    return text


def _begin_exchange(guard: Guard, default: str) -> str:
    """Both tables locked, the foreign keys to this one kept aside, DEFAULT detached."""
    table = table_of(guard)
    return (
        "begin;\n"
        f"{LOCK_TIMEOUT}\n"
        f"{_lock(guard)}"
        "create temporary table referring on commit drop as\n"
        "select conrelid::regclass as relation, quote_ident(conname) as name,\n"
        "  pg_get_constraintdef(oid) as definition\n"
        f"from pg_constraint where confrelid = {text_of(table)}::regclass\n"
        "  and contype = 'f' and conparentid = 0;\n"
        "do $keys$\n"
        "declare\n"
        "  tie record;\n"
        "begin\n"
        "  for tie in select * from referring loop\n"
        "    execute format('alter table %s drop constraint %s', tie.relation, tie.name);\n"
        "  end loop;\n"
        "end\n"
        "$keys$;\n"
        f"alter table {table} detach partition {default};\n"
    )


def _catch_up(guard: Guard, month: date, copy: str, default: str) -> str:
    """What was written since the copy follows; byte by byte, or everything is rolled back."""
    where, same = _of_month(guard, month), _same(guard)
    new = f"{where} and not exists (select from {copy} as c where {same})"
    return (
        f"delete from {copy} as c where not exists (  -- deleted or changed since\n"
        f"  select from only {default} as d where {same} and d *= c);\n"
        f"{_copy_rows(copy, default, new)}"
        f"{_all_there(copy, default, where)}"
        f"delete from only {default} {where};\n"
        "set constraints all immediate;\n"
    )


def _all_there(copy: str, default: str, where: str) -> str:
    """Rolls everything back unless the copy holds each row of the month: no more, no less."""
    return (
        "do $check$\n"
        "begin\n"
        f"  if (select count(*) from {copy})\n"
        f"    <> (select count(*) from only {default} {where}) then\n"
        "    raise exception 'not every row has its copy: nothing was changed, run it again';\n"
        "  end if;\n"
        "end\n"
        "$check$;\n"
    )


def _rename_indexes(guard: Guard, month: date) -> str:
    """Their names speak of the copy that they came with."""
    was, now = f"{guard.table}_moving_{month:%Y_%m}", _bare(guard, month)
    return (
        "do $names$\n"
        "declare\n"
        "  i record;\n"
        "begin\n"
        "  for i in\n"
        "    select c.oid::regclass as index, c.relnamespace::regnamespace as place,\n"
        f"      replace(c.relname, {text_of(was)}, {text_of(now)}) as name\n"
        "    from pg_index as x join pg_class as c on c.oid = x.indexrelid\n"
        f"    where x.indrelid = {text_of(partition_of(guard, month))}::regclass\n"
        "  loop\n"
        "    if to_regclass(format('%s.%I', i.place, i.name)) is null then\n"
        "      execute format('alter index %s rename to %I', i.index, i.name);\n"
        "    end if;\n"
        "  end loop;\n"
        "end\n"
        "$names$;\n"
    )


def _attach(table: str, relation: str, month: date) -> str:
    return (
        f"alter table {table} attach partition {relation}\n"
        f"  for values from ('{month}') to ('{month_after(month)}');\n"
        f"alter table {relation} drop constraint {_BOUNDS};\n"
    )


def _end_exchange(guard: Guard, default: str) -> str:
    table = table_of(guard)
    proof = f"\n{prove(table)}" if referring(guard) else ""
    return f"alter table {table} attach partition {default} default;\n{tie_again()}commit;{proof}"
