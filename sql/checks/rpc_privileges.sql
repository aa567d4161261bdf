-- Who may execute the RPCs, and do they still run with their owner's rights and a safe search_path?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : names text[]
-- Columns: name, signature, statement (as sql/checks/rpc_answers.sql has it), definer, guard (is it a trigger's function?), safe_path, exposed_to (anon, authenticated, PUBLIC)
-- Rows   : one per form of each RPC that exists
-- By hand: psql -v names='{verify_partition_triggers_exist}' -f sql/checks/rpc_privileges.sql
select
    e.name,
    p.oid::regprocedure::text as signature,
    case
        when p.pronargs = 0 and p.prokind = 'f' and p.prosqlbody is null
            then pg_catalog.pg_get_functiondef(p.oid)
    end as statement,
    p.prosecdef as definer,
    p.prorettype = 'pg_catalog.trigger'::regtype as guard,
    -- Empty, or pg_catalog alone, pg_temp last: what else is on the path may be somebody else's.
    exists (
        select from unnest(p.proconfig) as c (config)
        where c.config ~ '^search_path=("")?$'
            or c.config ~ '^search_path="?pg_catalog"?(, *"?pg_temp"?)?$'
    ) as safe_path,
    array(
        select r.rolname::text
        from pg_catalog.pg_roles as r
        where r.rolname in ('anon', 'authenticated')
            and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')
            and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')
        union all
        select 'PUBLIC'
        where exists (
            select
            from pg_catalog.aclexplode(
                coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
            ) as a
            where a.grantee = 0 and a.privilege_type = 'EXECUTE'
        )
        order by 1
    ) as exposed_to
from unnest(:'names'::text[]) with ordinality as e (name, position)
join pg_catalog.pg_namespace as n on n.nspname = 'public'
join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = e.name
order by e.position, signature
