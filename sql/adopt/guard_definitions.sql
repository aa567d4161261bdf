-- The live definitions of the drift guards' functions, as PostgreSQL would create them again.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], functions text[] (parallel)
-- Columns: schema_name, function_name, definition
-- Rows   : one per function that exists
-- By hand: psql -v schemas='{public}' -v functions='{trg_sessions_set_created_month}'
--               -f sql/adopt/guard_definitions.sql
select e.schema_name, e.function_name, pg_catalog.pg_get_functiondef(p.oid) as definition
from unnest(:'schemas'::text[], :'functions'::text[])
    with ordinality as e (schema_name, function_name, position)
join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
join pg_catalog.pg_proc as p
    on p.pronamespace = n.oid
    and p.proname = e.function_name
    and p.pronargs = 0
    and p.prorettype = 'pg_catalog.trigger'::regtype
order by e.position
