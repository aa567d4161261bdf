-- Would this role see every row of the guarded tables, and may it read the columns the checks use?
-- Reads catalogs only, waits for no lock, needs no grant. Policies are told apart by their stored
-- form, because printing one can wait for a lock: only a plain `using (true)` proves that every
-- row is seen.
-- Params : schemas text[], tables text[], columns text[] (parallel; columns as 'a,b,c')
-- Columns: table_name, relation, role, schema_usage, unreadable, row_security, sees_all, filters
-- Rows   : one per table that exists
-- By hand: psql -v schemas='{public}' -v tables='{sessions}'
--               -v columns='{"id,created_month,created_at"}' -f sql/checks/row_visibility.sql
with expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'columns'::text[])
        with ordinality as e (schema_name, table_name, columns, position)
),
policies as (
    select
        p.polrelid,
        p.polname::text as name,
        p.polpermissive as permissive,
        p.polqual::text ~ '^\{CONST :consttype 16 .*:constisnull false .*:constvalue 1 \[ 1 '
            as plain
    from pg_catalog.pg_policy as p
    where p.polcmd in ('r', '*')
        and exists (
            select from unnest(p.polroles) as r (roleid)
            where r.roleid = 0 or pg_catalog.pg_has_role(current_user, r.roleid, 'usage')
        )
)
select
    e.table_name,
    c.oid::regclass::text as relation,
    current_user::text as role,
    pg_catalog.has_schema_privilege(n.oid, 'usage') as schema_usage,
    array(
        select a.attname::text
        from unnest(string_to_array(e.columns, ',')) as w (name)
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = w.name
        where not pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
        order by a.attnum
    ) as unreadable,
    pg_catalog.row_security_active(c.oid) as row_security,
    exists (select from policies as p where p.polrelid = c.oid and p.permissive and p.plain)
        and not exists (
            select from policies as p where p.polrelid = c.oid and not p.permissive and not p.plain
        ) as sees_all,
    array(
        select p.name from policies as p
        where p.polrelid = c.oid and not p.plain
        order by p.name
    ) as filters
from expected as e
join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
where c.relkind in ('r', 'p', 'f')
order by e.position
