-- The live definitions of functions that those of the triggers call, as PostgreSQL would create them again.
-- Reads catalogs only, needs no grant. A body of BEGIN ATOMIC … END is printed under a lock on what it
-- reads, as a SELECT takes. What is written in C has no text, and what came with an extension is that
-- extension's.
-- Params : schemas text[], functions text[] (parallel)
-- Columns: schema_name, function_name, definition, kept_as (a digest of BEGIN ATOMIC … END, else '')
-- Rows   : one per function of such a name
-- By hand: psql -v schemas='{public}' -v functions='{month_of}' -f sql/adopt/called_definitions.sql
select
    n.nspname::text as schema_name,
    p.proname::text as function_name,
    pg_catalog.pg_get_functiondef(p.oid) as definition,
    coalesce(pg_catalog.md5(p.prosqlbody::text), '') as kept_as
from unnest(:'schemas'::text[], :'functions'::text[]) as e (schema_name, function_name)
join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = e.function_name
join pg_catalog.pg_language as l on l.oid = p.prolang
where l.lanname not in ('c', 'internal') and p.prokind in ('f', 'p')
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
order by 1, 2, p.oid
