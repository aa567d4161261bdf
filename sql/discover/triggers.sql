-- Which triggers fire before a row is inserted or updated, and on which table?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Columns: relid, schema_name, table_name (the table; where a trigger stands on one of its partitions alone,
--          the one that this belongs to), apart (it stands on a partition alone), trigger_name, enabled (pg_trigger's
--          letter), inserts, updates, columns (of UPDATE OF; empty: of any), definition (null without a WHEN
--          clause), function (oid)
-- Rows   : one per trigger; those that PostgreSQL cloned to partitions are left out
-- By hand: psql -f sql/discover/triggers.sql
with recursive climb as (
    select t.oid as trigger, t.tgrelid as at, 0 as depth
    from pg_catalog.pg_trigger as t
    where not t.tgisinternal and t.tgparentid = 0 and t.tgtype & 67 = 3 and t.tgtype & 20 <> 0
    union all
    select b.trigger, i.inhparent, b.depth + 1
    from climb as b
    join pg_catalog.pg_class as c on c.oid = b.at and c.relispartition
    join pg_catalog.pg_inherits as i on i.inhrelid = b.at
),
rooted as (
    select distinct on (b.trigger) b.trigger, b.at as root, b.depth
    from climb as b
    order by b.trigger, b.depth desc
)
select
    r.root::bigint as relid,
    n.nspname::text as schema_name,
    c.relname::text as table_name,
    r.depth > 0 as apart,
    t.tgname::text as trigger_name,
    t.tgenabled::text as enabled,
    t.tgtype & 4 <> 0 as inserts,
    t.tgtype & 16 <> 0 as updates,
    array(
        select a.attname::text
        from unnest(t.tgattr::int2[]) with ordinality as u (attnum, place)
        join pg_catalog.pg_attribute as a on a.attrelid = t.tgrelid and a.attnum = u.attnum
        order by u.place
    ) as columns,
    case when t.tgqual is not null then pg_catalog.pg_get_triggerdef(t.oid) end as definition,
    t.tgfoid::bigint as function
from rooted as r
join pg_catalog.pg_trigger as t on t.oid = r.trigger
join pg_catalog.pg_class as c on c.oid = r.root
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema')
    and not pg_catalog.starts_with(n.nspname, 'pg_temp_')
order by n.nspname, c.relname, r.depth, t.tgname, t.oid
