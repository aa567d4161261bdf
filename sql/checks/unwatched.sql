-- What stands under the names of the guarded tables, and what could guard it? Asked where none is partitioned.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], triggers text[], functions text[], keys text[] (parallel)
-- Columns: table_name, kind (pg_class.relkind; null where there is nothing of that name), guarded (by a
--          trigger of the guard's name or function, or another that fires before a row and names its key)
-- Rows   : one per expected table, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v keys='{created_month}'
--               -v triggers='{sessions_set_created_month}'
--               -v functions='{trg_sessions_set_created_month}' -f sql/checks/unwatched.sql
with recursive expected as (
    select *
    from unnest(
        :'schemas'::text[], :'tables'::text[], :'triggers'::text[], :'functions'::text[],
        :'keys'::text[]
    ) with ordinality as e (
        schema_name, table_name, trigger_name, function_name, key, position
    )
),
tree as (
    select e.position, c.oid as relid, c.relkind, 0 as depth
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union all
    select t.position, i.inhrelid, t.relkind, t.depth + 1
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select
    e.table_name,
    (select t.relkind::text from tree as t where t.position = e.position and t.depth = 0) as kind,
    exists (
        select
        from tree as t
        join pg_catalog.pg_trigger as g on g.tgrelid = t.relid and not g.tgisinternal
        join pg_catalog.pg_proc as p on p.oid = g.tgfoid
        where t.position = e.position
            and (
                g.tgname = e.trigger_name
                or p.proname = e.function_name
                or (g.tgtype & 3 = 3 and g.tgtype & 20 <> 0 and strpos(lower(p.prosrc), e.key) > 0)
            )
    ) as guarded
from expected as e
order by e.position
