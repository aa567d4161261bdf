-- Each guarded table and its partitions, with the real bounds of each.
-- Reads catalogs only, waits for no lock, needs no grant. Rows and size are PostgreSQL's estimates.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, relation, depth, kind, partition_key, strategy, is_default, bound,
--          row_estimate, bytes, row_security, detach_pending, children,
--          part_of (the partition that this one divides further, null for those of the table itself),
--          parent (the relation right above it, null for the table)
-- Rows   : one per relation that exists, the table first, then its partitions
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -f sql/checks/partition_coverage.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
),
tree as (
    select
        e.position, e.table_name, c.oid as relid, 0 as depth, false as detach_pending,
        null::oid as part_of, null::oid as parent
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
    union all
    select
        t.position, t.table_name, i.inhrelid, t.depth + 1, t.detach_pending or i.inhdetachpending,
        case when t.depth > 0 then coalesce(t.part_of, t.relid) end, t.relid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
relations as materialized (  -- else each use prints the bound again
    select
        t.position,
        t.table_name,
        t.relid,
        t.depth,
        t.detach_pending,
        t.part_of,
        t.parent,
        c.relname,
        c.relkind::text as kind,
        c.relrowsecurity as row_security,
        (
            select count(*) from pg_catalog.pg_inherits as i where i.inhparent = t.relid
        ) as children,
        c.reltuples,
        c.relpages,
        pg_catalog.pg_get_expr(c.relpartbound, 0) as bound,
        k.partstrat::text as strategy,
        array(
            select a.attname::text
            from unnest(k.partattrs::int2[]) with ordinality as u (attnum, place)
            join pg_catalog.pg_attribute as a on a.attrelid = t.relid and a.attnum = u.attnum
            order by u.place
        ) as partition_key
    from tree as t
    join pg_catalog.pg_class as c on c.oid = t.relid
    left join pg_catalog.pg_partitioned_table as k on k.partrelid = t.relid
)
select
    table_name,
    relid::regclass::text as relation,
    depth,
    kind,
    partition_key,
    strategy,
    coalesce(bound = 'DEFAULT', false) as is_default,
    bound,
    case when reltuples >= 0 and kind <> 'p' then reltuples::bigint end as row_estimate,
    relpages::bigint * pg_catalog.current_setting('block_size')::bigint as bytes,
    row_security,
    detach_pending,
    children,
    part_of::regclass::text as part_of,
    parent::regclass::text as parent
from relations
order by position, depth, relname
