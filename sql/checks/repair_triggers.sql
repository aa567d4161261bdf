-- What does a repair of the month key set off: which foreign keys bind rows of other tables to the guarded keys, in a
-- chain too, and which triggers fire on all these tables, beside the guards and those of constraints?
-- A key binds where it names a guarded key, or a column that itself names one; the table as a whole. What does not belong to
-- the guarded table's owner is left out: its triggers would run with that owner's rights.
-- On a partitioned table a row that moves is deleted and inserted as well.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], triggers text[], keys text[] (parallel; the guards')
-- Columns: schema_name, table_name, trigger_name, function, language, source, arguments (of the trigger), relations (how
--          many of the table and its partitions); or, of a foreign key: columns text[] (its own), parent_schema, parent,
--          parent_columns text[] (parallel), late (it is judged at the end, and moves nothing by itself)
-- Rows   : one per table and trigger, then one per foreign key
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v triggers='{sessions_set_created_month}'
--               -v keys='{created_month}' -f sql/checks/repair_triggers.sql
with recursive expected as (
    select c.oid as relid, e.guard, a.attnum, c.relowner as owner
    from unnest(:'schemas'::text[], :'tables'::text[], :'triggers'::text[], :'keys'::text[])
        as e (schema_name, table_name, guard, key)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = e.key
    where c.relkind in ('r', 'p')
),
moving as (
    select relid, attnum, owner from expected
    union
    select k.conrelid, k.conkey[place.at], m.owner
    from moving as m
    join pg_catalog.pg_constraint as k on k.confrelid = m.relid and k.contype = 'f' and k.conparentid = 0
    join pg_catalog.pg_class as c on c.oid = k.conrelid and c.relowner = m.owner
    cross join lateral unnest(k.confkey) with ordinality as place (attnum, at)
    where place.attnum = m.attnum
),
binding as (
    select distinct k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey,
        k.condeferrable and k.confupdtype = 'a' as late
    from moving as m
    join pg_catalog.pg_constraint as k on k.confrelid = m.relid and k.contype = 'f' and k.conparentid = 0
        and m.attnum = any (k.confkey)
    join pg_catalog.pg_class as c on c.oid = k.conrelid and c.relowner = m.owner
),
tree as (
    select distinct m.relid as root, m.relid, c.relkind = 'p' as moves
    from moving as m
    join pg_catalog.pg_class as c on c.oid = m.relid
    union all
    select t.root, i.inhrelid, t.moves
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
found as (
    select t.root, g.tgname::text as trigger_name, g.tgfoid, count(*) as relations,
        min(pg_catalog.encode(g.tgargs, 'escape')) as arguments
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
    where not g.tgisinternal
        and g.tgenabled in ('O', 'A')
        and (g.tgtype & 16 = 16 or (t.moves and g.tgtype & 1 = 1))
        and not exists (select from expected as e where e.relid = t.root and e.guard = g.tgname)
    group by t.root, g.tgname, g.tgfoid
)
select
    n.nspname::text as schema_name,
    c.relname::text as table_name,
    s.trigger_name,
    s.function,
    s.language,
    s.source,
    s.arguments,
    s.relations,
    s.columns,
    s.parent_schema,
    s.parent,
    s.parent_columns,
    s.late
from (
    select f.root as relid, f.trigger_name, f.tgfoid::regproc::text as function, l.lanname::text as language,
        p.prosrc as source, f.arguments, f.relations, null::text[] as columns, null::text as parent_schema,
        null::text as parent, null::text[] as parent_columns, null::boolean as late, f.trigger_name as name
    from found as f
    join pg_catalog.pg_proc as p on p.oid = f.tgfoid
    join pg_catalog.pg_language as l on l.oid = p.prolang
    union all
    select b.conrelid, null, null, null, null, null, null, own.names, pn.nspname::text, pc.relname::text,
        theirs.names, b.late, b.conname::text
    from binding as b
    join pg_catalog.pg_class as pc on pc.oid = b.confrelid
    join pg_catalog.pg_namespace as pn on pn.oid = pc.relnamespace
    cross join lateral (
        select array_agg(a.attname::text order by o.place) as names
        from unnest(b.conkey) with ordinality as o (attnum, place)
        join pg_catalog.pg_attribute as a on a.attrelid = b.conrelid and a.attnum = o.attnum
    ) as own
    cross join lateral (
        select array_agg(a.attname::text order by o.place) as names
        from unnest(b.confkey) with ordinality as o (attnum, place)
        join pg_catalog.pg_attribute as a on a.attrelid = b.confrelid and a.attnum = o.attnum
    ) as theirs
) as s
join pg_catalog.pg_class as c on c.oid = s.relid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by s.columns is not null, schema_name, table_name, s.name
