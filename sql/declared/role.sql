-- Who asks, which database is this, and what may the role watchtower do in it?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], columns text[] ('a,b' for each table; parallel)
-- Columns: asking, database, place_owner (of the first table that is there), owner_creates (that may create in
--          public), owner_makes_roles, exists, logs_in, excess (attributes that the role must not have), connects,
--          temporary, history, history_rows (the role may read and add), rights (jsonb: table → the columns that the
--          role may not read), mine (jsonb: table → the columns that whoever asks may not read), cron (pg_cron is
--          there), cron_available
-- Rows   : one
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v columns='{id}' -f sql/declared/role.sql
with expected as (
    select e.*, c.oid, c.relowner, n.oid as home
    from unnest(:'schemas'::text[], :'tables'::text[], :'columns'::text[])
        with ordinality as e (schema_name, table_name, columns, position)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
),
asked as (
    select
        e.schema_name || '.' || e.table_name as relation,
        a.attname,
        r.role,
        not (
            pg_catalog.has_schema_privilege(r.role, e.home, 'usage')
            and pg_catalog.has_column_privilege(r.role, e.oid, a.attnum, 'select')
        ) as lacking
    from expected as e
    join pg_catalog.pg_attribute as a
        on a.attrelid = e.oid and not a.attisdropped
        and a.attname = any (string_to_array(e.columns, ','))
    cross join (
        select pg_catalog.to_regrole('watchtower')::oid
        union
        select current_user::regrole::oid
    ) as r (role)
    where r.role is not null
),
lacks as (
    select role, relation, pg_catalog.jsonb_agg(attname) as names
    from asked
    where lacking
    group by role, relation
),
history as (
    select c.oid
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relname = 'watchtower_checks' and c.relkind in ('r', 'p')
)
select
    current_user::text as asking,
    pg_catalog.current_database()::text as database,
    o.rolname::text as place_owner,
    pg_catalog.has_schema_privilege(o.oid, 'public', 'create') as owner_creates,
    o.rolsuper or o.rolcreaterole as owner_makes_roles,
    w.oid is not null as exists,
    coalesce(w.rolcanlogin, false) as logs_in,
    array(
        select v.attribute
        from (values ('superuser', w.rolsuper), ('bypassrls', w.rolbypassrls), ('createrole', w.rolcreaterole),
                     ('createdb', w.rolcreatedb), ('replication', w.rolreplication)) as v (attribute, held)
        where v.held
    ) as excess,
    pg_catalog.has_database_privilege(w.oid, pg_catalog.current_database(), 'connect') as connects,
    pg_catalog.has_database_privilege(w.oid, pg_catalog.current_database(), 'temporary') as temporary,
    exists (select from history) as history,
    (
        select pg_catalog.has_table_privilege(w.oid, h.oid, 'select')
            and pg_catalog.has_table_privilege(w.oid, h.oid, 'insert')
        from history as h
    ) as history_rows,
    coalesce((select pg_catalog.jsonb_object_agg(relation, names) from lacks where role = w.oid), '{}') as rights,
    coalesce((select pg_catalog.jsonb_object_agg(relation, names) from lacks
              where role = current_user::regrole), '{}') as mine,
    exists (select from pg_catalog.pg_extension where extname = 'pg_cron') as cron,
    exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') as cron_available
from (select) as once
left join pg_catalog.pg_roles as w on w.rolname = 'watchtower'
left join pg_catalog.pg_roles as o on o.oid = (select e.relowner from expected as e order by e.position limit 1)
