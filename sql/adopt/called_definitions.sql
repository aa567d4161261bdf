-- The live definitions of functions that those of the triggers call, as PostgreSQL would create them again.
-- Reads catalogs only, waits for no lock, needs no grant. What is written in C has no text.
-- Params : schemas text[], functions text[] (parallel)
-- Columns: schema_name, function_name, definition
-- Rows   : one per function of such a name
-- By hand: psql -v schemas='{public}' -v functions='{month_of}' -f sql/adopt/called_definitions.sql
select
    n.nspname::text as schema_name,
    p.proname::text as function_name,
    pg_catalog.pg_get_functiondef(p.oid) as definition
from unnest(:'schemas'::text[], :'functions'::text[]) as e (schema_name, function_name)
join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = e.function_name
join pg_catalog.pg_language as l on l.oid = p.prolang
where l.lanname not in ('c', 'internal') and p.prokind in ('f', 'p')
order by 1, 2, p.oid
