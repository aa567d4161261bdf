-- Tables that look like partitions of a guarded table, by name and place, and are not attached.
-- Another table's partition, and what is no table, look like one by their name alone.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, relation, kind, ending (of its name, after the table's), same_columns,
--          part_of (the relation right above it, null where it stands alone), taken (by another
--          table's partition, or by what is no table: it has the name and can be none)
-- Rows   : one per look-alike
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -f sql/checks/unattached_partitions.sql
with recursive expected as (
    select e.*, c.oid as relid, c.relnamespace
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind = 'p'
),
tree as (
    select e.relid from expected as e
    union
    select i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
columns as (
    select c.oid as relid, array_agg(a.attname order by a.attname) as names
    from pg_catalog.pg_class as c
    join expected as e on e.relnamespace = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where pg_catalog.left(c.relname, pg_catalog.length(e.table_name)) = e.table_name
    group by c.oid, e.relid
)
select distinct
    e.table_name,
    c.oid::regclass::text as relation,
    c.relkind::text as kind,
    suffix.text as ending,
    coalesce(own.names = parent.names, false) as same_columns,
    (
        select i.inhparent::regclass::text
        from pg_catalog.pg_inherits as i
        where i.inhrelid = c.oid
        order by i.inhseqno
        limit 1
    ) as part_of,
    c.relispartition or c.relkind not in ('r', 'p', 'f') as taken,
    e.position
from expected as e
join pg_catalog.pg_class as c
    on c.relnamespace = e.relnamespace
    and pg_catalog.left(c.relname, pg_catalog.length(e.table_name) + 1) = e.table_name || '_'
cross join lateral (
    select pg_catalog.substr(c.relname, pg_catalog.length(e.table_name) + 2) as text
) as suffix
left join columns as own on own.relid = c.oid
left join columns as parent on parent.relid = e.relid
where c.oid not in (select t.relid from tree as t)
    and (
        suffix.text ~ '^\d{4}(_[wq]?\d{1,2}(_\d\d)?)?$'
        or own.names = parent.names and c.relkind in ('r', 'p', 'f') and not c.relispartition
    )
order by e.position, relation
