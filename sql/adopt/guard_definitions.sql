-- The live definitions of the functions of the guarded tables' triggers, as PostgreSQL would create them
-- again: the drift guards', whether a trigger calls them or not, and those of any other trigger that is
-- switched on. Reads catalogs only, waits for no lock, needs no grant. What is written in C has no text,
-- and what came with an extension is that extension's.
-- Params : schemas text[], tables text[], functions text[] (parallel)
-- Columns: schema_name, function_name, definition, kept_as (a digest of BEGIN ATOMIC … END, else '')
-- Rows   : one per function that exists
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v functions='{trg_sessions_set_created_month}'
--               -f sql/adopt/guard_definitions.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'functions'::text[])
        with ordinality as e (schema_name, table_name, function_name, position)
),
tree as (
    select c.oid as relid
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union
    select i.inhrelid from tree as t join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
functions as (
    select p.oid, e.position
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_proc as p
        on p.pronamespace = n.oid
        and p.proname = e.function_name
        and p.pronargs = 0
        and p.prorettype = 'pg_catalog.trigger'::regtype
    union all
    select g.tgfoid, null
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid and not g.tgisinternal and g.tgenabled <> 'D'
)
select
    n.nspname::text as schema_name,
    p.proname::text as function_name,
    pg_catalog.pg_get_functiondef(p.oid) as definition,
    coalesce(pg_catalog.md5(p.prosqlbody::text), '') as kept_as
from (select f.oid, pg_catalog.min(f.position) as position from functions as f group by f.oid) as f
join pg_catalog.pg_proc as p on p.oid = f.oid
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
where l.lanname not in ('c', 'internal')
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
order by f.position nulls last, 1, 2
