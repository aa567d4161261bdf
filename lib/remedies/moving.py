"""Which SQL gives a month its partition, though DEFAULT holds rows of that month?

PostgreSQL attaches no partition while DEFAULT holds rows that belong into it, and a session that is
deleted takes its events with it (ON DELETE CASCADE). So the rows are copied while everybody goes
on writing; then, in one short transaction, both tables are locked, the foreign keys to the table
go, what was written since the copy follows, the rows change places, and the keys come back.
No trigger fires for them: the rows are right, and stay as they are.
"""

from __future__ import annotations

from datetime import date

from lib.core.guards import Guard
from lib.core.remedies import Months, Remedies, decision, statements
from lib.db.sql import quoted
from lib.remedies import locks
from lib.remedies.constraints import LOCK_TIMEOUT, UNHURRIED, for_each_key
from lib.remedies.exchange import (
    BOUNDS,
    SEES_ALL,
    attach,
    begin_exchange,
    catch_up,
    copy_rows,
    end_exchange,
    lock,
    of_month,
    proof,
    same_row,
)
from lib.remedies.horizon import AHEAD
from lib.remedies.new_months import like_its_table
from lib.remedies.remedies import (
    PLACED,
    bounds_of,
    partition_of,
    secure_relation,
    table_of,
    text_of,
)
from lib.remedies.repeated_keys import A_COPY


def move_default_rows(guard: Guard, month: date, default: str) -> Remedies:
    """Takes a month's rows out of DEFAULT, makes the partition around them, puts DEFAULT back.

    `default` is that partition, quoted. Cut off, it leaves at most a copy; run again, it ends.
    """
    name, copy = partition_of(guard, month), copy_of(guard, month)
    gone = (
        f"delete from {copy} as c where not exists (  -- deleted since, with its session perhaps\n"
        f"  select from only {default} as d where {same_row(guard)});\n"
    )
    sql = (
        "-- 0. a copy that a run before this one has left, if any: its foreign keys go with it\n"
        "begin;\n"
        f"{LOCK_TIMEOUT}\n"
        f"{drop_copy(copy)}"
        "commit;\n"
        "-- 1. a copy, while everybody goes on writing\n"
        "begin;\n"
        f"{UNHURRIED}\n{SEES_ALL}\n"
        f"{_free_name(guard, month)}"
        f"create table {copy} (like {default} including all excluding identity);\n"
        f"comment on table {copy} is {text_of(A_COPY)};\n"
        f"{secure_relation(copy)}\n"
        f"{copy_rows(copy, default, of_month(guard, month))}"
        f"{_bound(guard, month, copy)}"
        f"analyze {copy};\n"
        "commit;\n"
        f"{_own_keys(guard, copy, gone)}"
        "-- 2. the exchange: both tables are locked until it commits, for well under a second\n"
        f"{begin_exchange(guard, default)}"
        f"{catch_up(guard, month, copy, default)}"
        f"alter table {copy} rename to {quoted(_bare(guard, month))};\n"
        f"{_rename_indexes(guard, month)}"
        f"{attach(guard, name, month)}"
        f"comment on table {name} is null;\n"
        f"{like_its_table(guard, name)}"
        f"{end_exchange(guard, default)}"
    )
    return statements(
        sql,
        proof=proof(guard),
        lock=locks.MOVES,
        undo=PLACED,
        moves=Months(guard, (month,)),
        attaches=(name,),
    )


def decide_far_rows(guard: Guard, month: date, default: str, *, ahead: bool) -> Remedies:
    """Shows rows of a month that gets no partition, so far is it from every other one."""
    right = (
        f"leave them: it gets its partition {AHEAD} {guard.parts.noun}s ahead"
        if ahead
        else "make an empty partition beside it: the plan then moves them"
    )
    key, (first, end) = quoted(guard.key), bounds_of(guard, month)
    low = f"{key} >= {first}" if month.year > date.min.year else ""
    high = f"{key} < {end}" if month.year < date.max.year else ""
    return decision(
        "set the time of these rows right, or delete them; "
        f"where the {guard.parts.noun} is right, {right}. These are they:",
        f"select * from {default}\nwhere {' and '.join(filter(None, (low, high)))};",
    )


def attach_again(guard: Guard, month: date, relation: str, default: str | None) -> Remedies:
    """Attaches the month's table, which stands detached, with the rows that DEFAULT took meanwhile.

    `relation` and `default`, if there is one, are quoted.
    """
    of = guard.parts.words(month)
    words = f"-- moves the rows of {of} that DEFAULT took meanwhile, if any, then attaches"
    prepared = (
        "begin;\n"
        f"{UNHURRIED}\n"
        f"alter table {relation} drop constraint if exists {BOUNDS};\n"
        f"{_bound(guard, month, relation)}"
        "commit;\n"
        f"{_own_keys(guard, relation)}"
    )
    if default is None:
        sql = (
            f"{prepared}begin;\n{LOCK_TIMEOUT}\n{lock(guard)}"
            f"{attach(guard, relation, month)}commit;"
        )
        return statements(sql, lock=locks.ATTACHES, undo=PLACED, attaches=(relation,))
    sql = (
        f"{words}\n"
        f"{prepared}"
        f"{begin_exchange(guard, default)}"
        f"{copy_rows(relation, default, of_month(guard, month))}"
        f"delete from only {default} as d {of_month(guard, month)}\n"
        f"  and exists (select from {relation} as c where {same_row(guard)}\n"
        "    and to_jsonb(d) = to_jsonb(c));\n"
        "set constraints all immediate;\n"
        f"{attach(guard, relation, month)}"
        f"{end_exchange(guard, default)}"
    )
    own = proof(guard)
    return statements(sql, proof=own, lock=locks.MOVES, undo=PLACED, attaches=(relation,))


def copied(guard: Guard) -> str:
    """How does the name of a table begin that holds rows on their way?"""
    return f"{guard.table}_moving_"


def is_copy(guard: Guard, name: str) -> bool:
    """Is a table of this name, quoted or not, one that a move made for a month?"""
    name = name.strip('"')
    own = guard.parts.called(name.removeprefix(copied(guard)))
    return name.startswith(copied(guard)) and own is not None


def copy_of(guard: Guard, month: date) -> str:
    """The table that holds the rows on their way, quoted."""
    return f"{quoted(guard.schema)}.{quoted(f'{copied(guard)}{guard.parts.name(month)}')}"


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
    return f"{guard.table}_{guard.parts.name(month)}"


def _free_name(guard: Guard, month: date) -> str:
    """Stops, with what to do, where a table of the partition's name stands there already."""
    name, table = partition_of(guard, month), table_of(guard)
    low, high = bounds_of(guard, month)
    taken = f"{name.replace('%', '%%')} is a partition of %s: rename it"
    hint = (
        f"If it is the partition of that month: copy the rows of DEFAULT into it, delete them "
        f"there, then: alter table {table} attach partition {name} "
        f"for values from ({low}) to ({high}). "
        "Else rename it, and run this again."
    )
    return (
        "do $free$\n"
        "declare\n"
        "  above regclass := (select inhparent from pg_inherits\n"
        f"    where inhrelid = to_regclass({text_of(name)}) limit 1);\n"
        "begin\n"
        "  if above is not null then\n"
        "    raise exception using errcode = 'duplicate_table',\n"
        f"      message = format({text_of(taken)}, above),\n"
        "      hint = 'The partition of that month needs its name; then run this again. '\n"
        "        'Where it is the partition of that month by now, nothing is left to do.';\n"
        "  end if;\n"
        f"  if to_regclass({text_of(name)}) is not null then\n"
        f"    raise exception using errcode = 'duplicate_table',\n"
        f"      message = {text_of(f'{name} exists already: attach it, or rename it')},\n"
        f"      hint = {text_of(hint)};\n"
        "  end if;\n"
        "end\n"
        "$free$;\n"
    )


def _bound(guard: Guard, month: date, relation: str) -> str:
    """Proves the bounds beforehand, so that attaching it reads no row."""
    key, (low, high) = quoted(guard.key), bounds_of(guard, month)
    return (
        f"alter table {relation} add constraint {BOUNDS} check ({key} is not null\n"
        f"  and {key} >= {low} and {key} < {high});\n"
    )


def _own_keys(guard: Guard, relation: str, gone: str = "") -> str:
    """Gives it the table's own foreign keys, proven beforehand, so that attaching compares none.

    Only from then on do rows of it go when what they refer to is deleted: `gone` takes those away
    that went in between.
    """
    if guard.reference is None:
        return ""
    keys = (
        "    select k.conname, pg_get_constraintdef(k.oid) as definition, k.convalidated\n"
        f"    from pg_constraint as k where k.conrelid = {text_of(table_of(guard))}::regclass\n"
        "      and k.contype = 'f' and k.conparentid = 0\n"
    )
    added = (
        f"{keys}"
        "      and not exists (select from pg_constraint as own\n"
        f"        where own.conrelid = {text_of(relation)}::regclass and own.contype = 'f'\n"
        "          and own.conname = k.conname)\n",
        f"    execute format('alter table {_escaped(relation)} add constraint %I %s',\n"
        "      tie.conname,\n"
        "      tie.definition || case when tie.convalidated then ' not valid' else '' end);\n",
    )
    proven = (
        f"{keys}      and k.convalidated\n",
        f"    execute format('alter table {_escaped(relation)} validate constraint %I',\n"
        "      tie.conname);\n",
    )
    return (
        "-- its foreign keys, so that the exchange need not compare its rows\n"
        f"begin;\n{LOCK_TIMEOUT}\n{for_each_key(added)}commit;\n"
        f"begin;\n{UNHURRIED}\n{gone and SEES_ALL + chr(10) + gone}{for_each_key(proven)}commit;\n"
    )


def _escaped(relation: str) -> str:
    """As it stands within a text that format() reads."""
    return relation.replace("'", "''").replace("%", "%%")


def _rename_indexes(guard: Guard, month: date) -> str:
    """Their names speak of the copy that they came with."""
    was, now = f"{copied(guard)}{guard.parts.name(month)}", _bare(guard, month)
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
