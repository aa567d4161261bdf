-- What are these functions, and what do their texts say?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : oids bigint[], names text[] (without a schema; those of PostgreSQL itself are left out)
-- Columns: oid, schema_name, function_name, language, arguments, names, result, body (null where it is longer
--          than 32 KB, or stands in BEGIN ATOMIC), settings (text[])
-- Rows   : one per function that is there
-- By hand: psql -v oids='{}' -v names='{month_of}' -f sql/discover/functions.sql
select
    p.oid::bigint as oid,
    n.nspname::text as schema_name,
    p.proname::text as function_name,
    l.lanname::text as language,
    pg_catalog.pg_get_function_arguments(p.oid) as arguments,
    coalesce(p.proargnames[1:p.pronargs], '{}')::text[] as names,
    coalesce(pg_catalog.pg_get_function_result(p.oid), '') as result,
    case
        when pg_catalog.octet_length(p.prosrc) <= 32768 and p.prosqlbody is null then p.prosrc
    end as body,
    coalesce(p.proconfig, '{}')::text[] as settings
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
where p.oid = any (:'oids'::bigint[]::oid[])
    or (p.proname = any (:'names'::text[]) and n.nspname <> 'pg_catalog' and p.prokind = 'f')
order by n.nspname, p.proname, p.oid
