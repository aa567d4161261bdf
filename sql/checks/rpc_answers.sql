-- Which of the RPCs exist, in how many forms, and may this role call them?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : names text[]
-- Columns: name, signature, statement (which creates it; null where it takes arguments, or its body is one of
--          BEGIN ATOMIC … END, which is printed under a lock), executable, stranger (its owner, who has neither the rights of the
--          owner of public.sessions, or of the database where that is not there, nor ours), role
-- Rows   : one per overload
-- By hand: psql -v names='{verify_partition_triggers_exist,watchtower_partition_drift_check_v1}'
--               -f sql/checks/rpc_answers.sql
select
    e.name,
    p.oid::regprocedure::text as signature,
    case
        when p.pronargs = 0 and p.prokind = 'f' and p.prosqlbody is null
            then pg_catalog.pg_get_functiondef(p.oid)
    end as statement,
    pg_catalog.has_function_privilege(p.oid, 'execute') as executable,
    case
        when not pg_catalog.pg_has_role(p.proowner, coalesce(t.relowner, b.datdba), 'usage')
            and not pg_catalog.pg_has_role(p.proowner, session_user, 'usage')
            then pg_catalog.pg_get_userbyid(p.proowner)::text
    end as stranger,
    current_user::text as role
from unnest(:'names'::text[]) with ordinality as e (name, position)
join pg_catalog.pg_namespace as n on n.nspname = 'public'
join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = e.name
join pg_catalog.pg_database as b on b.datname = pg_catalog.current_database()
left join (
    pg_catalog.pg_class as t
    join pg_catalog.pg_namespace as s on s.oid = t.relnamespace and s.nspname = 'public'
) on t.relname = 'sessions'
order by e.position, signature
