-- What of strangers' runs at each write to these tables, with the rights of whoever writes?
-- A stranger has neither the rights of the owner of public.sessions nor those of who connected. By pg_depend: what triggers,
-- rules, policies, defaults, checks, indexes and the types of columns name. sql/setup looks the same way.
-- Supabase's own roles are none, in the schemas of its superuser: auth.uid() is theirs, say.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : relations text[]
-- Columns: relation, object (as PostgreSQL describes it), owner, whole (is it the table itself, which its owner
--          may arm at any time), writer (who would write), superuser (is who connected one)
-- Rows   : one per table and object
-- By hand: psql -v relations='{public.sessions,public.events}' -f sql/repairs/strangers.sql
with recursive reached (relation, top, relowner, classid, objid) as (
    select r.name, c.oid, s.relowner, 'pg_catalog.pg_class'::regclass::oid, c.oid
    from unnest(:'relations'::text[]) as r (name)
    join pg_catalog.pg_class as c on c.oid = pg_catalog.to_regclass(r.name)
    join pg_catalog.pg_class as s on s.oid = pg_catalog.to_regclass('public.sessions')
    union
    select r.relation, r.top, r.relowner, d.classid, d.objid
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
        where r.classid = 'pg_catalog.pg_class'::regclass and child.inhparent = r.objid
        union all
        select named.refclassid, named.refobjid
        from pg_catalog.pg_depend as named
        where named.classid = r.classid and named.objid = r.objid
            and named.refclassid in (
                'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass,
                'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_operator'::regclass,
                'pg_catalog.pg_foreign_server'::regclass
            )
    ) as d
    where r.classid <> 'pg_catalog.pg_proc'::regclass
)
select
    r.relation,
    pg_catalog.pg_describe_object(r.classid, r.objid, 0) as object,
    pg_catalog.pg_get_userbyid(o.refobjid)::text as owner,
    r.classid = 'pg_catalog.pg_class'::regclass and r.objid = r.top as whole,
    case when w.rolsuper then session_user else pg_catalog.pg_get_userbyid(r.relowner) end::text as writer,
    w.rolsuper as superuser
from reached as r
join pg_catalog.pg_database as b on b.datname = pg_catalog.current_database()
join pg_catalog.pg_shdepend as o
    on o.dbid = b.oid and o.classid = r.classid and o.objid = r.objid and o.deptype = 'o'
join pg_catalog.pg_roles as w on w.rolname = session_user
where not pg_catalog.pg_has_role(o.refobjid, r.relowner, 'usage')
    and not pg_catalog.pg_has_role(o.refobjid, session_user, 'usage')
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
order by r.relation, object
