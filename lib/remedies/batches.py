"""How are many rows set right while ingestion goes on, so that none is lost and nobody waits long?

Each partition is read once, a stretch of blocks after the other, for rows whose key is wrong. What
is found there is set right a few hundred rows at a time: one short transaction, in which the
writers of both tables wait, for else an event that is on its way would be refused, its session
having just moved. It rolls itself back unless every row has arrived, and nothing else has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lib.core.bindings import Named
from lib.core.guards import Guard, Reference
from lib.core.remedies import Repair
from lib.db.sql import quoted
from lib.remedies import bound_rows
from lib.remedies.bound_rows import HINT
from lib.remedies.exchange import SEES_ALL
from lib.remedies.remedies import table_of, text_of
from lib.remedies.repairs import (
    all_moved,
    finds_none,
    followers,
    known,
    leave_with_followers,
    move,
    move_lost,
    nearest,
    of_id,
    own_month,
    parent_of,
    recent,
    tears_nothing,
)

BLOCKS = 1024  # so many are read at once
START = "(0,0)"  # before the first row of a partition

_SAME = "is not distinct from"
_FROM = "from their right key; nothing of this batch was changed"
# Each row is looked up by an index where there is one: what the planner knows of a table that was
# just made would let it read whole months instead, while writers wait.
_PLAN = "set local enable_seqscan = off;\nset local jit = off;"
_READS = (
    "set local jit = off;"  # where one must be read whole: then once for all rows, not for each
)


def choose(
    guard: Guard, leaf: str, after: str, block: int, rows: int, since: datetime | None = None
) -> str:
    """Which rows of this partition are wrong, after that place and before that block?

    `leaf` is quoted. Columns: chosen (tids as text[]), rows, last (the place of the last one),
    nulls (is one of the keys null?). At most so many rows. Orphans are none: nothing repairs them.
    """
    stretch = f"{leaf} as s where s.ctid > '{after}' and s.ctid < '({block},0)'"
    stretch += recent(guard, "s", since)
    if guard.reference is None:
        found = _wrong(guard, stretch)
    else:
        found = _lost(guard, guard.reference, stretch)
    return (
        "select coalesce(array_agg(found.at::text), '{}') as chosen, count(*) as rows,\n"
        "  max(found.at)::text as last, coalesce(bool_or(found.nil), false) as nulls\n"
        f"from (\n{found}\n  order by 1 fetch first {rows} rows only\n) as found"
    )


def repair(
    asked: Repair, leaf: str, chosen: str, *, nulls: bool, reads: bool = False, opening: str = ""
) -> str:
    """Sets these rows right, in one transaction, with whatever moves with them.

    `reads`: to what repeats their key no index leads, so that it must be read whole. `opening` are
    settings that come first.

    Columns: found (how many were still wrong), rows (how many were set right; the place of the
    others is taken), moved (how many of each relation, a JSON array of pairs), held (for how many
    ms writers were kept waiting).
    """
    guard, guards = asked.guard, asked.guards
    same = _SAME if nulls else "="
    if guard.reference is None:
        wrong, moving = _chosen(guard, leaf, chosen), move(asked, same, "=")
    else:
        wrong = _chosen_lost(guard, guard.reference, leaf, chosen)
        moving = move_lost(asked, same)
    return (
        f"{opening}{_READS if reads else _PLAN}\n{SEES_ALL}\n"
        "set constraints all deferred;\n"
        f"{tears_nothing(asked, _as_they_were(guard, leaf, chosen))}"
        f"lock table {_writers(asked)} in share row exclusive mode;\n"
        f"{_fires()}"
        f"{wrong};\n"
        "analyze moved;\n"
        "create temporary table batch on commit drop as\n"
        "  select count(*) as found, clock_timestamp() as locked from moved;\n"
        f"{_leave_taken(guard)}"
        f"{leave_with_followers(guard, guards, '=') if guard.reference is None else ''}"
        f"create temporary table tally on commit drop as\n{_tally(asked, same)};\n"
        f"{bound_rows.COUNTED}{bound_rows.TOGETHER if bound_rows.joint(all_moved(asked)) else ''}"
        f"do $move$\ndeclare\n  counting bigint;\nbegin\n{moving}end\n$move$;\n"
        f"{_arrived(asked, same)}"
        "set constraints all immediate;\n"
        "select batch.found, (select count(*) from moved) as rows,\n"
        "  (select json_agg(json_build_array(c.relation, c.rows) order by c.place)\n"
        "    from counted as c) as moved,\n"
        "  1000 * extract(epoch from clock_timestamp() - batch.locked) as held\n"
        "from batch;"
    )


def _wrong(guard: Guard, stretch: str) -> str:
    return (
        f"  select s.ctid as at, s.{quoted(guard.key)} is null as nil from {stretch}\n"
        f"    and s.{quoted(guard.key)} is distinct from {own_month(guard)}"
    )


def _lost(guard: Guard, reference: Reference, stretch: str) -> str:
    """Only those that some row is there for; by the lowest and highest key few partitions do."""
    key, named = quoted(guard.key), quoted(reference.column)
    parent, row_id, own = parent_of(guard, reference), quoted(reference.id), quoted(reference.key)
    return (
        "  with stretch as materialized (\n"
        f"    select s.ctid as at, s.{named} as named, s.{key} as key from {stretch}\n"
        "  )\n"
        "  select lost.at, lost.key is null as nil from (\n"
        "    select e.* from stretch as e\n"
        "    where not exists (\n"
        f"      select from {parent} as p where p.{row_id} = e.named and p.{own} = e.key\n"
        f"        and p.{own} >= (select min(key) from stretch)\n"
        f"        and p.{own} <= (select max(key) from stretch))\n"
        "    offset 0\n"
        "  ) as lost\n"
        f"  where exists (select from {parent} as o where o.{row_id} = lost.named\n"
        f"    and o.{own} is not null)"
    )


def _as_they_were(guard: Guard, leaf: str, chosen: str) -> str:
    """The ids and keys of the chosen rows before anybody waits, as it stands after FROM."""
    return (
        f"(select s.{quoted(guard.id)} as id, s.{quoted(guard.key)} as was\n"
        f"  from {leaf} as s where s.ctid = any ({text_of(chosen)}::tid[]))"
    )


def _writers(asked: Repair) -> str:
    """Whose writers wait: what is referred to comes first, as in whoever writes both."""
    own = [table_of(each) for each in (asked.guard, *_following(asked))]
    return ", ".join(
        f"only {table}"
        for table in dict.fromkeys([*own, *map(bound_rows.relation_of, known(asked))])
    )


def _following(asked: Repair) -> list[Guard]:
    return [other for other, _ in followers(asked.guard, asked.guards)]


def _fires() -> str:
    """As a replica no foreign key is judged and no guard fires: then nothing is moved."""
    return (
        "do $fires$\n"
        "begin\n"
        "  if current_setting('session_replication_role') = 'replica' then\n"
        "    raise exception 'this session is a replica: clear session_replication_role first'\n"
        "      using errcode = 'WT003';\n"
        "  end if;\n"
        "end\n"
        "$fires$;\n"
    )


def _chosen(guard: Guard, leaf: str, chosen: str) -> str:
    """Those that are still wrong; not where two stand under one id and key: which is meant?"""
    key, row_id, right = quoted(guard.key), quoted(guard.id), own_month(guard)
    return (
        "create temporary table moved on commit drop as\n"
        f"select s.{row_id} as id, s.{key} as was, {right} as month,\n"
        "  s.tableoid as leaf, s.ctid as at\n"
        f"from {leaf} as s where s.ctid = any ({text_of(chosen)}::tid[])\n"
        f"  and s.{key} is distinct from {right}"
    )


def _chosen_lost(guard: Guard, reference: Reference, leaf: str, chosen: str) -> str:
    key, named = quoted(guard.key), quoted(reference.column)
    own = quoted(reference.key)
    return (
        "create temporary table moved on commit drop as\n"
        f"select e.{quoted(guard.id)} as id, e.{key} as was, e.{named} as named, f.month,\n"
        "  e.tableoid as leaf, e.ctid as at\n"
        f"from {leaf} as e cross join lateral (\n"
        f"  select s.{own} as month from {parent_of(guard, reference)} as s\n"
        f"  where {of_id(reference)} and s.{own} is not null\n"
        f"  order by {nearest(guard, f's.{own}', 'e')}\n"
        "  limit 1) as f\n"
        f"where e.ctid = any ({text_of(chosen)}::tid[])\n"
        f"  and {finds_none(guard, reference)}"
    )


def _leave_taken(guard: Guard) -> str:
    """What cannot be set right: another row of that id has the place, or a claim to it."""
    table, key, row_id = table_of(guard), quoted(guard.key), quoted(guard.id)
    claims = f"t.{key} = m.month or t.{key} is not distinct from m.was"
    if guard.reference is None:
        claims += f" or {own_month(guard, 't')} = m.month"
    return (
        "delete from moved as m using moved as o\n"
        "where o.id = m.id and (o.month = m.month or o.was is not distinct from m.was)\n"
        "  and (o.leaf, o.at) is distinct from (m.leaf, m.at);\n"
        f"delete from moved as m using {table} as t\n"
        f"where t.{row_id} = m.id and (t.tableoid, t.ctid) is distinct from (m.leaf, m.at)\n"
        f"  and ({claims});\n"
    )


def _tally(asked: Repair, same: str) -> str:
    """How many rows are there of these ids and of what refers to them, and what stands in them?

    But for the keys, which change, what PostgreSQL makes out of them, where a change is noted, and
    what the guard fills from the row that is referred to: that counts as if it were filled already.
    """
    guard, guards = asked.guard, asked.guards
    more = {each.table: each.moving for each in all_moved(asked)}
    noted = dict(asked.noted)
    places = "(select id, was as key from moved union select id, month from moved)"
    counted = [
        (guard, guard.id),
        *((other, reference.column) for other, reference in followers(guard, guards)),
    ]
    return "\nunion all\n".join(
        f"select {text_of(one.relation)} as relation, count(*) as rows,\n"
        "  coalesce(sum(hashtextextended((to_jsonb(t) - array(\n"
        "    select attname::text from pg_attribute\n"
        f"    where attrelid = {text_of(table_of(one))}::regclass\n"
        f"      and (attname in ({', '.join(map(text_of, _may_differ(one, more, noted)))})\n"
        "        or attgenerated <> '')))::text"
        f"{_as_filled(one)}, 0)), 0) as held\n"
        f"from {places} as place join {table_of(one)} as t\n"
        f"  on t.{quoted(column)} = place.id and t.{quoted(one.key)} {same} place.key"
        for one, column in counted
    )


def _may_differ(
    guard: Guard, moving: Mapping[Named, tuple[str, ...]], noted: Mapping[Named, tuple[str, ...]]
) -> list[str]:
    """Which columns of its rows may hold something else afterwards?"""
    table = guard.schema, guard.table
    notes = *guard.noted, *noted.get(table, ())
    return list(dict.fromkeys((guard.key, *moving[table], *notes, *guard.fills)))


def _as_filled(guard: Guard) -> str:
    """These columns as if they were filled already, as text to go on with."""
    reference = guard.reference
    return "".join(
        f"\n    || coalesce(to_jsonb(t) ->> {text_of(column)}, (\n"
        f"      select max(to_jsonb(p) ->> {text_of(column)})"
        f" from {parent_of(guard, reference)} as p\n"
        f"      where p.{quoted(reference.id)} = t.{quoted(reference.column)}), '')"
        for column in guard.fills
        if reference
    )


def _arrived(asked: Repair, same: str) -> str:
    """Rolls everything back unless each row is in its place now, and is what it was."""
    guard = asked.guard
    table, key, row_id = table_of(guard), quoted(guard.key), quoted(guard.id)
    return (
        "do $check$\n"
        "begin\n"
        "  if exists (\n"
        "    select from moved as m where not exists (\n"
        f"      select from {table} as t where t.{row_id} = m.id and t.{key} = m.month)\n"
        "  ) then\n"
        "    raise exception using errcode = 'WT003',\n"
        f"      message = {text_of(f'a trigger keeps rows of {guard.relation} {_FROM}')},\n"
        f"      hint = {text_of(HINT)};\n"
        "  end if;\n"
        f"  if exists (\ntable tally except all (\n{_tally(asked, same)})\n  ) then\n"
        "    raise exception using errcode = 'WT003',\n"
        "      message = 'a trigger or a rule changes more of the rows than their key; '\n"
        "        'nothing of this batch was changed',\n"
        f"      hint = {text_of(HINT)};\n"
        "  end if;\n"
        "end\n"
        "$check$;\n"
    )
