-- Triggers that fire before a row is deleted: also when an update moves it to another partition.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, trigger_name, body (of the function that it calls)
-- Rows   : one per trigger's name and body on partitioned tables; none where there is none
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -f sql/checks/trigger_order_deletes.sql
with recursive expected as (
    select * from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
),
tree as (
    select e.position, e.table_name, c.oid as relid
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind = 'p'
    union all
    select t.position, t.table_name, i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
)
select distinct t.position, t.table_name, g.tgname::text as trigger_name, p.prosrc as body
from tree as t
join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
join pg_catalog.pg_proc as p on p.oid = g.tgfoid
where not g.tgisinternal
    and g.tgenabled in ('O', 'A')
    and g.tgtype & 11 = 11  -- row, before and delete
order by t.position, trigger_name, body
