-- Between which bounds do the partitions of these tables lie, of those that are divided by ranges of one column?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : relids bigint[], columns text[] (parallel), most int (of each, the last made first)
-- Columns: relid, bound (as PostgreSQL prints it, without DEFAULT), partitions (how many there are)
-- Rows   : one per partition, `most` of a table at most
-- By hand: psql -v relids='{16384}' -v columns='{created_month}' -v most=10 -f sql/discover/bounds.sql
with recursive asked as (
    select *
    from unnest(:'relids'::bigint[]::oid[], :'columns'::text[]) as e (root, column_name)
),
tree as (
    select e.root, e.column_name, e.root as relid
    from asked as e
    union all
    select t.root, t.column_name, i.inhrelid
    from tree as t
    join pg_catalog.pg_partitioned_table as k on k.partrelid = t.relid
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
found as (
    select
        t.root,
        i.inhrelid,
        row_number() over (partition by t.root order by i.inhrelid desc) as place,
        count(*) over (partition by t.root) as partitions
    from tree as t
    join pg_catalog.pg_partitioned_table as k on k.partrelid = t.relid
    join pg_catalog.pg_attribute as a
        on a.attrelid = t.relid and a.attnum = k.partattrs[0] and a.attname = t.column_name
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
    where k.partstrat = 'r' and k.partnatts = 1 and k.partdefid <> i.inhrelid
)
select
    f.root::bigint as relid,
    pg_catalog.pg_get_expr(c.relpartbound, 0) as bound,
    f.partitions
from found as f
join pg_catalog.pg_class as c on c.oid = f.inhrelid
where f.place <= :'most'::int
order by f.root, f.place
