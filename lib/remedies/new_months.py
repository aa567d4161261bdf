"""Which SQL makes the partition of a month, closed before anybody can reach it?

Plain statements that need nothing of sql/setup: the routine there may be missing, an older one
that leaves what it makes open, or somebody else's. What is there already stays as it is.
"""

from __future__ import annotations

from datetime import date

from lib.core.guards import Guard
from lib.core.remedies import Months, Remedies, by_hand, statements
from lib.core.words import number
from lib.db.sql import quoted, remark
from lib.remedies import locks
from lib.remedies.remedies import bounds_of, partition_of, table_of, text_of

_HEAD = """\
do $months$
declare
  parent pg_class;
  low text;
  high text;
  part text;
  stranger name;
  identity text;
begin
"""
# Attaching, not "partition of": that locks the whole table, and strangers would see it open.
_MAKE = """\
  loop
    continue when exists (select from pg_inherits
      where inhparent = parent.oid and inhrelid = to_regclass(part));
    execute format('create table %s (like %s including defaults including constraints '
      'including generated including storage including compression)', part, parent.oid::regclass);
    execute format('alter table %s enable row level security', part);
    execute format('revoke all on %s from public', part);
    for stranger in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', part, stranger);
    end loop;
    execute format('alter table %s attach partition %s for values from (%L) to (%L)',
      parent.oid::regclass, part, low, high);
"""
_LIKE_ITS_TABLE = """\
    if parent.relforcerowsecurity then
      execute format('alter table %s force row level security', part);
    end if;
    select format('using index %I', c.relname) into identity
    from pg_index as x
    join pg_inherits as i on i.inhparent = x.indexrelid
    join pg_index as own on own.indexrelid = i.inhrelid and own.indrelid = part::regclass
    join pg_class as c on c.oid = own.indexrelid
    where x.indrelid = parent.oid and x.indisreplident;
    identity := case parent.relreplident when 'f' then 'full' when 'n' then 'nothing'
      when 'i' then identity else 'default' end;
    if identity is null then
      raise notice '% keeps the default: the index of its table''s replica identity is gone', part;
    else
      execute format('alter table %s replica identity %s', part, identity);
    end if;
"""


def make_months(guard: Guard, first: date, last: date, stray: str | None = None) -> Remedies:
    """Makes the partitions of these months, one after the other; those that are there stay.

    `stray` is the only partition before them, quoted: it may be that alone which is not wanted.
    """
    months = guard.parts.span(first, guard.parts.after(last))
    if stray is None:
        undo = _taken_away(guard, months)
        made = Months(guard, tuple(months))
        return statements(_making(guard, months), lock=locks.MAKES, undo=undo, makes=made)
    table = table_of(guard)
    return by_hand(
        "",
        f"-- where {remark(stray)}, the only one before them, is not wanted, detach it instead:\n"
        f"-- alter table {table} detach partition {remark(stray)};\n{_making(guard, months)}",
        choices="Detach the far-away partition, or make every month.",
        lock=locks.MAKES,
        makes=Months(guard, tuple(months)),
    )


def _taken_away(guard: Guard, months: list[date]) -> str:
    of, part = table_of(guard), partition_of(guard, months[0])
    back = f"while it is empty: alter table {of} detach partition {part}; drop table {part};"
    return back + f" So for each of the {len(months)}." * bool(months[1:])


def _making(guard: Guard, months: list[date]) -> str:
    first, last, periods = months[0], months[-1], guard.parts
    begin, end = bounds_of(guard, first)[0].strip("'"), bounds_of(guard, last)[1].strip("'")
    keys = (periods.key(each) for each in ("m", f"(m + interval '{periods.step}')"))
    many = f"{number(len(months))} partitions of {table_of(guard)}"
    return (
        f"-- makes {many if months[1:] else partition_of(guard, first)}, from {begin} to before\n"
        f"-- {end}. Where DEFAULT holds rows of it, PostgreSQL refuses: the remedy\n"
        "-- of those rows moves them then, and makes the partition as well\n"
        f"{_HEAD}"
        f"  select * into parent from pg_class where oid = {_parent(guard)};\n"
        "  for low, high, part in\n"
        f"    select {', '.join(keys)},\n"
        f"      format({text_of(f'{quoted(guard.schema)}.%I')},\n"
        f"        {text_of(f'{guard.table}_')} || to_char(m, {text_of(periods.name_format)}))\n"
        f"    from generate_series(timestamp '{first}', '{last}', interval '{periods.step}') as m\n"
        f"{_MAKE}"
        f"{_LIKE_ITS_TABLE}"
        "  end loop;\n"
        "end\n"
        "$months$;"
    )


def like_its_table(guard: Guard, relation: str) -> str:
    """Gives a partition that was just attached what its table has and no partition inherits."""
    return (
        f"{_HEAD.replace('$months$', '$like$')}"
        f"  select * into parent from pg_class where oid = {_parent(guard)};\n"
        f"  part := {text_of(relation)};\n"
        f"{_LIKE_ITS_TABLE}"
        "end\n"
        "$like$;\n"
    )


def _parent(guard: Guard) -> str:
    return f"{text_of(table_of(guard))}::regclass"
