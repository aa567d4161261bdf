-- Which triggers does a repair of the month key fire, beside the guards and those of constraints?
-- On a partitioned table a row that moves is deleted and inserted as well.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], triggers text[] (parallel; the guards')
-- Columns: table_name, trigger_name, function, relations (how many of the table and its partitions)
-- Rows   : one per table and trigger, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v triggers='{sessions_set_created_month}'
--               -f sql/checks/repair_triggers.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'triggers'::text[])
        with ordinality as e (schema_name, table_name, guard, position)
),
tree as (
    select e.position, e.table_name, e.guard, c.oid as relid, c.relkind = 'p' as moves
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p')
    union all
    select t.position, t.table_name, t.guard, i.inhrelid, t.moves
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select
    t.table_name,
    g.tgname::text as trigger_name,
    g.tgfoid::regproc::text as function,
    count(*) as relations
from tree as t
join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
where not g.tgisinternal
    and g.tgname <> t.guard
    and g.tgenabled in ('O', 'A')
    and (g.tgtype & 16 = 16 or (t.moves and g.tgtype & 1 = 1))
group by t.position, t.table_name, g.tgname, g.tgfoid
order by t.position, g.tgname
