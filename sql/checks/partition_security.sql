-- Who could read or write a relation past row level security, or by a policy that lets everybody?
-- Reads catalogs only, waits for no lock, needs no grant. Strangers are anon, authenticated and
-- PUBLIC, each with what it inherits. `exposed_to` names those that hold a grant on the relation
-- itself, where the schema lets them in, `readers` those of them that may read a column of it, and
-- `unbound` those of the readers whom row level security does not bind;
-- `strangers` says whether there is such a role at all. `locked_out` names the others that hold a
-- grant on it and have no policy: row level security would close it to them. `served` says whether a
-- policy lets strangers in: with row level security they have just that, as they are meant to.
-- `policies` are those that apply to one of them: id, name, permissive, command (select, insert,
-- update, delete or all), role (those of the policy), allows (by read, insert, update, delete: whom
-- it applies to and who holds the right, too), expression and checked (of what is written; each
-- null where printing it could wait for a lock).
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, relation, depth, row_security, parent_row_security (false for a foreign
--          table, which cannot have it), foreign_table, strangers, exposed_to, readers,
--          unbound, locked_out, served, policies
-- Rows   : one per table and partition that exists
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,watchtower_checks}'
--               -f sql/checks/partition_security.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
),
tree as (
    select
        e.position, e.table_name, c.oid as relid, 0 as depth,
        c.relrowsecurity as parent_row_security
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f')
    union all
    select t.position, t.table_name, i.inhrelid, t.depth + 1, t.parent_row_security
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
strangers as (
    select r.oid, r.rolname::text as name, r.rolsuper or r.rolbypassrls as free
    from pg_catalog.pg_roles as r
    where r.rolname in ('anon', 'authenticated')
    union all
    select 0::oid, 'PUBLIC', false
),
held as (
    select
        t.relid,
        s.oid,
        s.name,
        pg_catalog.has_any_column_privilege(s.oid, c.oid, 'select') as reads,
        pg_catalog.has_any_column_privilege(s.oid, c.oid, 'insert') as inserts,
        pg_catalog.has_any_column_privilege(s.oid, c.oid, 'update') as updates,
        pg_catalog.has_table_privilege(s.oid, c.oid, 'delete') as deletes,
        s.free or not c.relforcerowsecurity and s.oid <> 0
            and pg_catalog.pg_has_role(s.oid, c.relowner, 'usage') as free
    from (select distinct relid from tree) as t
    join pg_catalog.pg_class as c on c.oid = t.relid
    cross join strangers as s
    where pg_catalog.has_schema_privilege(s.oid, c.relnamespace, 'usage')
        and (
            pg_catalog.has_table_privilege(s.oid, c.oid, 'delete')
            or pg_catalog.has_any_column_privilege(s.oid, c.oid, 'select, insert, update')
        )
),
rights as (
    select
        h.relid,
        pg_catalog.array_agg(h.name order by h.name collate "C") as exposed_to,
        pg_catalog.array_agg(h.name order by h.name collate "C") filter (where h.reads) as readers,
        pg_catalog.array_agg(h.name order by h.name collate "C")
            filter (where h.reads and h.free) as unbound
    from held as h
    group by h.relid
),
-- A policy without USING lets nobody read. A text with columns or a query in it waits for their locks.
applied as (
    select
        p.oid,
        pg_catalog.array_agg(h.name order by h.name collate "C")
            filter (where h.reads and p.polcmd in ('r', '*') and p.polqual is not null) as readers,
        pg_catalog.array_agg(h.name order by h.name collate "C")
            filter (where h.inserts and p.polcmd in ('a', '*')) as inserters,
        pg_catalog.array_agg(h.name order by h.name collate "C")
            filter (where h.updates and p.polcmd in ('w', '*')) as updaters,
        pg_catalog.array_agg(h.name order by h.name collate "C")
            filter (where h.deletes and p.polcmd in ('d', '*')) as deleters
    from pg_catalog.pg_policy as p
    join held as h on h.relid = p.polrelid
    where exists (
        select from unnest(p.polroles) as u (role)
        where u.role = 0 or h.oid <> 0 and pg_catalog.pg_has_role(h.oid, u.role, 'usage')
    )
    group by p.oid
),
policies as (
    select
        p.polrelid,
        pg_catalog.jsonb_agg(
            pg_catalog.jsonb_build_object(
                'id', p.oid::bigint,
                'name', p.polname,
                'permissive', p.polpermissive,
                'command', case p.polcmd
                    when 'r' then 'select'
                    when 'a' then 'insert'
                    when 'w' then 'update'
                    when 'd' then 'delete'
                    else 'all'
                end,
                'role', pg_catalog.array_to_string(array(
                    select case when u.role = 0 then 'PUBLIC' else u.role::regrole::text end
                    from unnest(p.polroles) as u (role) order by 1
                ), ', '),
                'allows', pg_catalog.jsonb_build_object(
                    'read', coalesce(a.readers, '{}'),
                    'insert', coalesce(a.inserters, '{}'),
                    'update', coalesce(a.updaters, '{}'),
                    'delete', coalesce(a.deleters, '{}')
                ),
                'expression', case
                    when p.polqual::text !~ '\{(VAR|QUERY) ' then pg_catalog.pg_get_expr(p.polqual, 0)
                end,
                'checked', case
                    when coalesce(p.polwithcheck, p.polqual)::text !~ '\{(VAR|QUERY) '
                        then pg_catalog.pg_get_expr(coalesce(p.polwithcheck, p.polqual), 0)
                end
            )
            order by p.polname
        ) as found
    from applied as a
    join pg_catalog.pg_policy as p on p.oid = a.oid
    group by p.polrelid
)
select
    t.table_name,
    t.relid::regclass::text as relation,
    t.depth,
    c.relrowsecurity as row_security,
    t.parent_row_security and c.relkind <> 'f' as parent_row_security,
    c.relkind = 'f' as foreign_table,
    exists (select from strangers as s where s.oid <> 0) as strangers,
    coalesce(h.exposed_to, '{}') as exposed_to,
    coalesce(h.readers, '{}') as readers,
    coalesce(h.unbound, '{}') as unbound,
    array(
        select r.rolname::text
        from pg_catalog.pg_roles as r
        where r.oid <> c.relowner
            and not (r.rolsuper or r.rolbypassrls)
            and r.rolname not in ('anon', 'authenticated', current_user)
            and (
                exists (
                    select from pg_catalog.aclexplode(c.relacl) as a where a.grantee = r.oid
                )
                or exists (
                    select from pg_catalog.pg_attribute as a
                    cross join lateral pg_catalog.aclexplode(a.attacl) as g
                    where a.attrelid = c.oid and a.attacl is not null and g.grantee = r.oid
                )
            )
            and not exists (
                select from pg_catalog.pg_policy as p
                cross join lateral unnest(p.polroles) as named (role)
                where p.polrelid = c.oid
                    and (named.role = 0 or pg_catalog.pg_has_role(r.oid, named.role, 'usage'))
            )
        order by 1
    ) as locked_out,
    exists (
        select from pg_catalog.pg_policy as p
        cross join lateral unnest(p.polroles) as named (role)
        where p.polrelid = c.oid
            and (
                named.role = 0
                or named.role in (
                    select r.oid from pg_catalog.pg_roles as r
                    where r.rolname in ('anon', 'authenticated')
                )
            )
    ) as served,
    coalesce(p.found, '[]') as policies
from tree as t
join pg_catalog.pg_class as c on c.oid = t.relid
left join rights as h on h.relid = t.relid
left join policies as p on p.polrelid = t.relid
order by t.position, t.depth, c.relname
