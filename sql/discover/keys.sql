-- By which columns is each table partitioned, at whatever level of it?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Columns: relid (the table itself, of which the others are partitions), schema_name, table_name, depth (0: the
--          table's own key, more: that of its partitions), strategy (r, l or h), column_name (null: an
--          expression), partitions (below that level, estimated by pg_inherits)
-- Rows   : one per table, level and column of its key
-- By hand: psql -f sql/discover/keys.sql
with recursive climb as (
    select k.partrelid as relid, k.partrelid as at, 0 as depth
    from pg_catalog.pg_partitioned_table as k
    union all
    select b.relid, i.inhparent, b.depth + 1
    from climb as b
    join pg_catalog.pg_class as c on c.oid = b.at and c.relispartition
    join pg_catalog.pg_inherits as i on i.inhrelid = b.at
),
rooted as (
    select distinct on (b.relid) b.relid, b.at as root, b.depth
    from climb as b
    order by b.relid, b.depth desc
)
select
    r.root::bigint as relid,
    n.nspname::text as schema_name,
    c.relname::text as table_name,
    r.depth,
    k.partstrat::text as strategy,
    a.attname::text as column_name,
    sum(
        (select count(*) from pg_catalog.pg_inherits as i where i.inhparent = r.relid)
    )::bigint as partitions
from rooted as r
join pg_catalog.pg_class as c on c.oid = r.root
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_partitioned_table as k on k.partrelid = r.relid
cross join lateral unnest(k.partattrs::int2[]) with ordinality as u (attnum, place)
left join pg_catalog.pg_attribute as a on a.attrelid = r.relid and a.attnum = u.attnum and u.attnum <> 0
where n.nspname not in ('pg_catalog', 'information_schema')
    and not pg_catalog.starts_with(n.nspname, 'pg_temp_')
group by r.root, n.nspname, c.relname, r.depth, k.partstrat, a.attname, u.place
order by n.nspname, c.relname, r.depth, u.place, a.attname
