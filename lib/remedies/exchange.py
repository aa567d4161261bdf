"""Which SQL exchanges what DEFAULT holds of a month for a partition of that month, in one moment?

Both tables are locked, the foreign keys to the table go, DEFAULT is detached, what was written
since the copy follows, the partition is attached, DEFAULT comes back, and so do the keys. All of it
or nothing; no trigger of the table fires for it.
"""

from __future__ import annotations

from datetime import date

from lib.core.guards import Guard
from lib.db.sql import quoted
from lib.remedies.constraints import LOCK_TIMEOUT, prove, referring, tie_again
from lib.remedies.remedies import bounds_of, table_of, text_of
from lib.remedies.repeated_keys import A_COPY

BOUNDS = "watchtower_of_its_month"
SEES_ALL = "set local row_security = off;"  # where it would hide rows, it fails instead


def lock(guard: Guard) -> str:
    """Locks what refers before what is referred to, always in this order, so that none tangle.

    Nothing stronger is asked for later, so that what waits does so here.
    """
    own = [*(table_of(other) for other in referring(guard)), table_of(guard)]
    text = f"lock table {', '.join(f'only {table}' for table in own)} in access exclusive mode;\n"
    if guard.reference is not None:
        parent = f"{quoted(guard.schema)}.{quoted(guard.reference.table)}"
        text += f"lock table only {parent} in share row exclusive mode;\n"
    return text


def begin_exchange(guard: Guard, default: str) -> str:
    """Both tables locked, the foreign keys to this one kept aside, DEFAULT detached."""
    table = table_of(guard)
    return (
        "begin;\n"
        f"{LOCK_TIMEOUT}\n{SEES_ALL}\n"
        f"{lock(guard)}"
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
        "delete from referring  -- a copy that was left behind is made anew, with its keys\n"
        f"where obj_description(relation, 'pg_class') = {text_of(A_COPY)};\n"
        f"alter table {table} detach partition {default};\n"
        f"{_nothing_follows(default)}"
    )


def _nothing_follows(default: str) -> str:
    """Stops where deleting from DEFAULT by itself would do more than that."""
    words = f"{default} has a foreign key to it, or a trigger of its own that deleting rows fires"
    return (
        "do $own$\n"
        "begin\n"
        "  if exists (select from pg_constraint\n"
        f"      where confrelid = {text_of(default)}::regclass and contype = 'f')\n"
        "    or exists (select from pg_trigger\n"
        f"      where tgrelid = {text_of(default)}::regclass and not tgisinternal\n"
        "        and tgtype & 8 = 8 and tgenabled in ('O', 'A')) then\n"
        f"    raise exception using message = {text_of(words)},\n"
        "      hint = 'Nothing was changed. Take that away first, then run this again.';\n"
        "  end if;\n"
        "end\n"
        "$own$;\n"
    )


def catch_up(guard: Guard, month: date, copy: str, default: str) -> str:
    """What was written since the copy follows; byte by byte, or everything is rolled back."""
    where, same = of_month(guard, month), same_row(guard)
    new = f"{where} and not exists (select from {copy} as c where {same})"
    return (
        f"delete from {copy} as c where not exists (  -- deleted or changed since\n"
        f"  select from only {default} as d where {same} and d *= c);\n"
        f"{copy_rows(copy, default, new)}"
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


def attach(guard: Guard, relation: str, month: date) -> str:
    """Attaches what is known to hold this month alone."""
    low, high = bounds_of(guard, month)
    return (
        f"alter table {table_of(guard)} attach partition {relation}\n"
        f"  for values from ({low}) to ({high});\n"
        f"alter table {relation} drop constraint {BOUNDS};\n"
    )


def end_exchange(guard: Guard, default: str) -> str:
    """DEFAULT comes back, and the foreign keys, which are proven after it (`proof`)."""
    table = table_of(guard)
    return f"alter table {table} attach partition {default} default;\n{tie_again()}commit;"


def proof(guard: Guard) -> str:
    """Compares what refers to this table, when nobody waits any more. Empty where nothing does."""
    return prove(table_of(guard)) if referring(guard) else ""


def copy_rows(into: str, default: str, where: str) -> str:
    """Copies rows column by column: the order of the columns may differ between the two."""
    rest = f" from only {default} as d {where}"
    return (
        "do $copy$\n"
        "declare\n"
        "  columns text;\n"
        "begin\n"
        "  select string_agg(quote_ident(attname), ', ' order by attnum) into columns\n"
        f"  from pg_attribute where attrelid = {text_of(default)}::regclass\n"
        "    and attnum > 0 and not attisdropped and attgenerated = '';\n"
        f"  execute {text_of(f'insert into {into} (')} || columns\n"
        f"    || ') overriding system value select ' || columns || {text_of(rest)};\n"
        "end\n"
        "$copy$;\n"
    )


def same_row(guard: Guard) -> str:
    """The clause for a row d of DEFAULT and a row c elsewhere that are the same row."""
    row_id, key = quoted(guard.id), quoted(guard.key)
    return f"d.{row_id} = c.{row_id} and d.{key} = c.{key}"


def of_month(guard: Guard, month: date) -> str:
    """The clause for the rows of the month."""
    key, (low, high) = quoted(guard.key), bounds_of(guard, month)
    return f"where {key} >= {low} and {key} < {high}"
