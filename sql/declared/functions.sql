-- The live functions under the names that the setup gives.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], names text[] (parallel)
-- Columns: schema_name, function_name, body, security_definer, settings, language, volatility, comment,
--          executable (by the role watchtower; null without that role)
-- Rows   : one per function of such a name
-- By hand: psql -v schemas='{public}' -v names='{create_next_month_partitions}' -f sql/declared/functions.sql
select
    n.nspname::text as schema_name,
    p.proname::text as function_name,
    p.prosrc as body,
    p.prosecdef as security_definer,
    coalesce(p.proconfig, '{}') as settings,
    l.lanname::text as language,
    p.provolatile::text as volatility,
    pg_catalog.obj_description(p.oid, 'pg_proc') as comment,
    pg_catalog.has_function_privilege(pg_catalog.to_regrole('watchtower')::oid, p.oid, 'execute') as executable
from unnest(:'schemas'::text[], :'names'::text[]) as e (schema_name, name)
join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = e.name
join pg_catalog.pg_language as l on l.oid = p.prolang
order by 1, 2, p.oid
