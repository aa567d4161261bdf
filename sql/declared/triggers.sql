-- Does each declared trigger stand on its table and on every partition, and does it fire there?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], triggers text[], functions text[] (parallel)
-- Columns: schema_name, table_name, relations, present, firing (how many), definition (of the table's own)
-- Rows   : one per expected table, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v triggers='{sessions_set_created_month}'
--               -v functions='{trg_sessions_set_created_month}' -f sql/declared/triggers.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'triggers'::text[], :'functions'::text[])
        with ordinality as e (schema_name, table_name, trigger_name, function_name, position)
),
tree as (
    select e.position, c.oid as relid, true as root
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union all
    select t.position, i.inhrelid, false
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
)
select
    e.schema_name,
    e.table_name,
    count(t.relid) as relations,
    count(g.oid) as present,
    count(g.oid) filter (
        where g.tgenabled in ('O', 'A') and g.tgtype = 23 and g.tgqual is null
            and p.proname = e.function_name and pn.nspname = e.schema_name
    ) as firing,
    max(pg_catalog.pg_get_triggerdef(g.oid)) filter (where t.root) as definition
from expected as e
left join tree as t on t.position = e.position
left join pg_catalog.pg_trigger as g on g.tgrelid = t.relid and g.tgname = e.trigger_name
left join pg_catalog.pg_proc as p on p.oid = g.tgfoid
left join pg_catalog.pg_namespace as pn on pn.oid = p.pronamespace
group by e.position, e.schema_name, e.table_name
order by e.position
