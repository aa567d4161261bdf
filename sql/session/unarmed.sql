-- Nothing is written to a history that somebody armed: what fires there runs with the rights of whoever
-- writes, and the drift RPC writes as its owner. Sent with the transaction that writes, before the row.
-- A stranger has neither the rights of the owner of public.sessions (of the database, where that is not
-- there) nor our own; ours are not enough where the drift RPC writes with more. sql/setup looks the same
-- way before it makes anything.
-- Supabase's own roles are none, in the schemas of its superuser: auth.uid() is theirs, say.
-- Reads catalogs only, waits for no lock, needs no grant. Without a percent sign: it travels with bound values.
-- Raises: WT003, where a stranger owns the table, or something that fires or is worked out there
do $unarmed$
declare
    armed pg_catalog.record;
begin
    with recursive reached (classid, objid) as (
        select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'public'
        where c.relname = 'watchtower_checks'
        union
        select d.classid, d.objid
        from reached as r
        cross join lateral (
            select part.classid, part.objid
            from pg_catalog.pg_depend as part
            where part.refclassid = r.classid and part.refobjid = r.objid and part.deptype in ('a', 'i')
                and not exists (
                    select from pg_catalog.pg_constraint as f where f.oid = part.objid and f.contype = 'f'
                )
            union all
            select r.classid, child.inhrelid
            from pg_catalog.pg_inherits as child
            where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and child.inhparent = r.objid
            union all
            select named.refclassid, named.refobjid
            from pg_catalog.pg_depend as named
            where named.classid = r.classid and named.objid = r.objid
                and named.refclassid in (
                    'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass,
                    'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                    'pg_catalog.pg_foreign_server'::pg_catalog.regclass
                )
        ) as d
        where r.classid <> 'pg_catalog.pg_proc'::pg_catalog.regclass
    )
    select pg_catalog.pg_describe_object(r.classid, r.objid, 0) as object, pg_catalog.pg_get_userbyid(o.refobjid) as owner
    into armed
    from reached as r
    join pg_catalog.pg_database as b on b.datname = pg_catalog.current_database()
    join pg_catalog.pg_shdepend as o
        on o.dbid = b.oid and o.classid = r.classid and o.objid = r.objid and o.deptype = 'o'
    left join (
        select c.relowner
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relname = 'sessions'
    ) as t on true
    where not pg_catalog.pg_has_role(o.refobjid, coalesce(t.relowner, b.datdba), 'usage')
        and not exists (
            select
            from pg_catalog.pg_namespace as own
            join pg_catalog.pg_roles as s on s.oid = own.nspowner and s.rolname = 'supabase_admin' and s.rolsuper
            where own.nspname = (pg_catalog.pg_identify_object(r.classid, r.objid, 0)).schema
                and pg_catalog.pg_get_userbyid(o.refobjid) in (
                    'supabase_auth_admin', 'supabase_functions_admin', 'supabase_realtime_admin',
                    'supabase_storage_admin'
                )
        )
        and (
            not pg_catalog.pg_has_role(o.refobjid, session_user, 'usage')
            or exists (
                select
                from pg_catalog.pg_proc as p
                join pg_catalog.pg_namespace as n on n.oid = p.pronamespace and n.nspname = 'public'
                where p.proname = 'watchtower_partition_drift_check_v1' and p.prosecdef
                    and not pg_catalog.pg_has_role(session_user, p.proowner, 'usage')
                    and not pg_catalog.pg_has_role(o.refobjid, p.proowner, 'usage')
            )
        )
    order by 1
    limit 1;
    if found then
        raise exception using
            errcode = 'WT003',
            message = 'public.watchtower_checks takes no row: ' || armed.object || ' belongs to '
                || armed.owner || ', a stranger here, and would run with the rights of whoever writes there';
    end if;
end
$unarmed$;
