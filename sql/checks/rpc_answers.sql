-- Which of the RPCs exist, in how many forms, and may this role call them?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : names text[]
-- Columns: name, signature, returns, executable
-- Rows   : one per overload; signature null where there is none
-- By hand: psql -v names='{verify_partition_triggers_exist,watchtower_partition_drift_check_v1}'
--               -f sql/checks/rpc_answers.sql
select
    e.name,
    p.oid::regprocedure::text as signature,
    pg_catalog.format_type(p.prorettype, null) as returns,
    case when p.oid is not null then pg_catalog.has_function_privilege(p.oid, 'execute') end
        as executable
from unnest(:'names'::text[]) with ordinality as e (name, position)
left join (
    pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace and n.nspname = 'public'
) on p.proname = e.name
order by e.position, signature
