-- Who could read or write a relation past row level security?
-- Reads catalogs only, waits for no lock, needs no grant. `exposed_to` names the roles that hold a
-- grant on the relation itself among anon, authenticated and PUBLIC, where the schema lets them in;
-- `strangers` says whether there is such a role at all. `locked_out` names the others that hold a
-- grant on it and have no policy: row level security would close it to them. `served` says whether a
-- policy lets strangers in: with row level security they have just that, as they are meant to.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, relation, depth, row_security, parent_row_security, strangers, exposed_to,
--          locked_out, served
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
)
select
    t.table_name,
    t.relid::regclass::text as relation,
    t.depth,
    c.relrowsecurity as row_security,
    t.parent_row_security,
    exists (
        select from pg_catalog.pg_roles as r where r.rolname in ('anon', 'authenticated')
    ) as strangers,
    array(
        select r.rolname::text
        from pg_catalog.pg_roles as r
        where r.rolname in ('anon', 'authenticated')
            and pg_catalog.has_schema_privilege(r.oid, c.relnamespace, 'usage')
            and (
                pg_catalog.has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')
                or pg_catalog.has_any_column_privilege(r.oid, c.oid, 'select, insert, update')
            )
        union all
        select 'PUBLIC'
        where exists (
            select from pg_catalog.aclexplode(c.relacl) as a
            where a.grantee = 0
                and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        )
            or exists (
                select from pg_catalog.pg_attribute as a
                cross join lateral pg_catalog.aclexplode(a.attacl) as g
                where a.attrelid = c.oid and a.attacl is not null and g.grantee = 0
            )
        order by 1
    ) as exposed_to,
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
    ) as served
from tree as t
join pg_catalog.pg_class as c on c.oid = t.relid
order by t.position, t.depth, c.relname
