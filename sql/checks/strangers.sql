-- What would a try of a guard run that is a stranger's, with rights that this stranger has not?
-- A stranger has neither the rights of the table's owner nor this session's. A try runs the guard's function and
-- those of the other triggers BEFORE a row is written, their conditions, the domains and defaults of the table's
-- columns, and whatever the texts of all these functions call by name.
-- Supabase's own roles are none, in the schemas of its superuser: auth.uid() is theirs, say.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], functions text[] (parallel)
-- Columns: table_name, object (as PostgreSQL describes it), owner, beside (is it of the other triggers alone)
-- Rows   : one per object
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v functions='{trg_sessions_set_created_month}'
--               -f sql/checks/strangers.sql
with recursive expected as (
    select e.*, c.oid as relid, c.relowner, n.oid as namespace
    from unnest(:'schemas'::text[], :'tables'::text[], :'functions'::text[])
        as e (schema_name, table_name, function_name)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
),
tree as (
    select e.table_name, e.relid from expected as e
    union
    select t.table_name, i.inhrelid
    from tree as t join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
callable as materialized (
    select
        p.oid,
        pg_catalog.lower(p.proname) as name,
        '(^|[^\w."])("?' || pg_catalog.regexp_replace(n.nspname, '(\W)', '\\\1', 'g') || '"?\s*\.\s*)?"?'
            || pg_catalog.regexp_replace(p.proname, '(\W)', '\\\1', 'g') || '"?\s*\(' as called
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema')
),
reached (table_name, beside, classid, objid) as (
    select e.table_name, false, 'pg_catalog.pg_proc'::regclass::oid, p.oid
    from expected as e
    join pg_catalog.pg_proc as p on p.pronamespace = e.namespace and p.proname = e.function_name
    union all
    select e.table_name, false, 'pg_catalog.pg_type'::regclass, a.atttypid
    from expected as e
    join pg_catalog.pg_attribute as a on a.attrelid = e.relid and a.attnum > 0 and not a.attisdropped
    union all
    select e.table_name, false, 'pg_catalog.pg_attrdef'::regclass, d.oid
    from expected as e
    join pg_catalog.pg_attrdef as d on d.adrelid = e.relid
    union all
    select t.table_name, true, v.classid, v.objid
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
    cross join lateral (values
        ('pg_catalog.pg_trigger'::regclass::oid, case when g.tgqual is null then 0 else g.oid end),
        ('pg_catalog.pg_proc'::regclass, g.tgfoid)
    ) as v (classid, objid)
    where v.objid <> 0 and not g.tgisinternal and g.tgenabled in ('O', 'A')
        and g.tgtype & 67 = 3  -- row and before, not instead of
        and g.tgtype & 20 <> 0  -- insert or update
    union
    select r.table_name, r.beside, d.classid, d.objid
    from reached as r
    cross join lateral (
        -- A type's parts: what its domain checks.
        select part.classid, part.objid
        from pg_catalog.pg_depend as part
        where r.classid = 'pg_catalog.pg_type'::regclass and part.refclassid = r.classid
            and part.refobjid = r.objid and part.classid = 'pg_catalog.pg_constraint'::regclass
        union all
        select named.refclassid, named.refobjid
        from pg_catalog.pg_depend as named
        where named.classid = r.classid and named.objid = r.objid
            and named.refclassid in (
                'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_type'::regclass,
                'pg_catalog.pg_operator'::regclass
            )
        union all
        select 'pg_catalog.pg_proc'::regclass, c.oid
        from pg_catalog.pg_proc as p
        -- The name first, in whatever case: a pattern for each function there is takes a hundred times as long.
        join callable as c
            on case when pg_catalog.strpos(pg_catalog.lower(p.prosrc), c.name) > 0 then p.prosrc ~* c.called end
        where r.classid = 'pg_catalog.pg_proc'::regclass and p.oid = r.objid
    ) as d
),
texts as materialized (
    select r.table_name, r.beside, pg_catalog.lower(p.prosrc) as text
    from reached as r
    join pg_catalog.pg_proc as p on p.oid = r.objid
    where r.classid = 'pg_catalog.pg_proc'::regclass
),
-- An operator, and a view or a policy behind a name, are in no list of what a text calls.
meant as (
    select x.table_name, x.beside, s.classid, s.objid
    from texts as x
    join (
        select 'pg_catalog.pg_operator'::regclass::oid, o.oid, o.oprname::text
        from pg_catalog.pg_operator as o
        where o.oprnamespace <> 'pg_catalog'::regnamespace
        union all
        select 'pg_catalog.pg_class'::regclass, c.oid, c.relname
        from pg_catalog.pg_class as c
        where (c.relkind = 'v' or c.relrowsecurity)
            and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    ) as s (classid, objid, name)
        on pg_catalog.strpos(x.text, pg_catalog.lower(s.name)) > 0
    union
    select * from reached
)
select
    e.table_name,
    pg_catalog.pg_describe_object(m.classid, m.objid, 0) as object,
    pg_catalog.pg_get_userbyid(o.refobjid)::text as owner,
    pg_catalog.bool_and(m.beside) as beside
from meant as m
join expected as e on e.table_name = m.table_name
join pg_catalog.pg_database as b on b.datname = pg_catalog.current_database()
join pg_catalog.pg_shdepend as o
    on o.dbid = b.oid and o.classid = m.classid and o.objid = m.objid and o.deptype = 'o'
where not pg_catalog.pg_has_role(o.refobjid, e.relowner, 'usage')
    and not pg_catalog.pg_has_role(o.refobjid, session_user, 'usage')
    and not exists (
        select
        from pg_catalog.pg_namespace as own
        join pg_catalog.pg_roles as s on s.oid = own.nspowner and s.rolname = 'supabase_admin' and s.rolsuper
        where own.nspname = (pg_catalog.pg_identify_object(m.classid, m.objid, 0)).schema
            and pg_catalog.pg_get_userbyid(o.refobjid) in (
                'supabase_auth_admin', 'supabase_functions_admin', 'supabase_realtime_admin',
                'supabase_storage_admin'
            )
    )
group by 1, 2, 3
order by 1, 2
