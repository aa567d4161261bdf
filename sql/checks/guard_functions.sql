-- The live definition of each drift guard's function.
-- Reads catalogs only, waits for no lock, needs no grant.
-- The owner matters where the function looks into another table: as a SECURITY DEFINER it sees that
-- table with its owner's eyes, and row level security may hide every row from those.
-- Params : schemas text[], functions text[], tables text[], parents text[] (parallel; '' for no other table),
--          columns text[] (parallel; what it may fill from that table, as 'a,b')
-- Columns: schema_name, function_name, body, security_definer, settings, language, owner, volatility,
--          comment, statement (which creates it), sited (both tables, where they are there, have those columns, and they are uuid),
--          table_owner, owner_may_read, owner_bound, owner_sees_some (by whatever policy),
--          owner_sees_all (of the other table, else null), reads_plainly (no policy and no rule of the other
--          table works anything out)
-- Rows   : one per expected function, in the order given; body null where it does not exist
-- By hand: psql -v schemas='{public}' -v functions='{trg_sessions_set_created_month}'
--               -v tables='{sessions}' -v parents='{""}' -v columns='{""}' -f sql/checks/guard_functions.sql
with policies as (
    select
        q.polrelid,
        q.polpermissive,
        r.roleid,
        q.polqual::text ~ '^\{CONST :consttype 16 .*:constisnull false .*:constvalue 1 \[ 1 '
            as plain
    from pg_catalog.pg_policy as q
    cross join unnest(q.polroles) as r (roleid)
    where q.polcmd in ('r', '*')
)
select
    e.schema_name,
    e.function_name,
    p.prosrc as body,
    p.prosecdef as security_definer,
    coalesce(p.proconfig, '{}') as settings,
    l.lanname::text as language,
    p.proowner::regrole::text as owner,
    p.provolatile::text as volatility,
    pg_catalog.obj_description(p.oid, 'pg_proc') as comment,
    pg_catalog.pg_get_functiondef(p.oid) as statement,
    not exists (
        select
        from unnest(string_to_array(e.columns, ',')) as w (name)
        join pg_catalog.pg_class as k
            on k.relnamespace = n.oid and k.relname in (e.table_name, e.parent)
        where not exists (
            select
            from pg_catalog.pg_attribute as a
            where a.attrelid = k.oid and a.attname = w.name
                and a.atttypid = 'pg_catalog.uuid'::regtype
        )
    ) as sited,
    c.relowner::regrole::text as table_owner,
    pg_catalog.has_schema_privilege(p.proowner, n.oid, 'usage')
        and pg_catalog.has_any_column_privilege(p.proowner, c.oid, 'select') as owner_may_read,
    c.relrowsecurity
        and not o.rolsuper
        and not o.rolbypassrls
        and not (
            pg_catalog.pg_has_role(p.proowner, c.relowner, 'usage') and not c.relforcerowsecurity
        ) as owner_bound,
    exists (
        select from policies as q where q.polrelid = c.oid and q.polpermissive
            and (q.roleid = 0 or pg_catalog.pg_has_role(p.proowner, q.roleid, 'usage'))
    ) as owner_sees_some,
    exists (
        select from policies as q where q.polrelid = c.oid and q.polpermissive and q.plain
            and (q.roleid = 0 or pg_catalog.pg_has_role(p.proowner, q.roleid, 'usage'))
    ) and not exists (
        select from policies as q where q.polrelid = c.oid and not q.polpermissive and not q.plain
            and (q.roleid = 0 or pg_catalog.pg_has_role(p.proowner, q.roleid, 'usage'))
    ) as owner_sees_all,
    e.parent = '' or c.oid is not null and not c.relhasrules and not exists (
        select from policies as q where q.polrelid = c.oid and not q.plain
    ) as reads_plainly
from unnest(
    :'schemas'::text[], :'functions'::text[], :'tables'::text[], :'parents'::text[],
    :'columns'::text[]
) with ordinality as e (schema_name, function_name, table_name, parent, columns, position)
left join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
left join pg_catalog.pg_proc as p
    on p.pronamespace = n.oid
    and p.proname = e.function_name
    and p.pronargs = 0
    and p.prorettype = 'pg_catalog.trigger'::regtype
left join pg_catalog.pg_language as l on l.oid = p.prolang
left join pg_catalog.pg_roles as o on o.oid = p.proowner
left join pg_catalog.pg_class as c
    on c.relnamespace = n.oid and c.relname = e.parent and c.relkind in ('r', 'p', 'f')
order by e.position
