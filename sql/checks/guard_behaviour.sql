-- May this role try each drift guard's function on a temporary table, and what would it need?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], functions text[], parents text[] ('' for none), columns
--          text[] (parallel; further columns that the guard is about, as 'a,b')
-- Columns: table_name, table_exists, function_exists, body, security_definer, schema_usage,
--          may_execute, may_make_tables, standby, role, database, copied, uncopied (columns that
--          the parent has as well: which of them this role may and may not read), may_more (than look: this
--          session is a superuser's, has the rights of the table's owner, BYPASSRLS or CREATEROLE), event_functions
--          (what event triggers run with our own rights when a table is made, as PostgreSQL prints it)
-- Rows   : one per guard, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v parents='{""}' -v columns='{""}'
--               -v functions='{trg_sessions_set_created_month}' -f sql/checks/guard_behaviour.sql
with expected as (
    select *
    from unnest(
        :'schemas'::text[], :'tables'::text[], :'functions'::text[], :'parents'::text[],
        :'columns'::text[]
    ) with ordinality as e (schema_name, table_name, function_name, parent_name, columns, position)
),
shared as (
    select
        e.position,
        a.attname,
        pg_catalog.has_column_privilege(c.oid, a.attnum, 'select') as readable
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.parent_name
    join pg_catalog.pg_attribute as a
        on a.attrelid = c.oid and a.attname = any (string_to_array(e.columns, ','))
)
select
    e.table_name,
    t.oid is not null as table_exists,
    p.oid is not null as function_exists,
    p.prosrc as body,
    coalesce(p.prosecdef, false) as security_definer,
    coalesce(pg_catalog.has_schema_privilege(n.oid, 'usage'), false) as schema_usage,
    coalesce(pg_catalog.has_function_privilege(p.oid, 'execute'), false) as may_execute,
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'temporary') as may_make_tables,
    pg_catalog.pg_is_in_recovery() as standby,
    current_user::text as role,
    pg_catalog.current_database()::text as database,
    array(
        select a.attname::text
        from shared as a
        where a.position = e.position and a.readable
        order by a.attname
    ) as copied,
    array(
        select a.attname::text
        from shared as a
        where a.position = e.position and not a.readable
        order by a.attname
    ) as uncopied,
    exists (
        select from pg_catalog.pg_roles as r
        where r.rolname in (session_user, current_user)
            and (
                r.rolsuper or r.rolbypassrls or r.rolcreaterole
                or pg_catalog.pg_has_role(r.oid, t.relowner, 'usage')
            )
    ) as may_more,
    array(
        select distinct v.evtfoid::regprocedure::text
        from pg_catalog.pg_event_trigger as v
        join pg_catalog.pg_proc as f on f.oid = v.evtfoid and not f.prosecdef
        where v.evtevent in ('ddl_command_start', 'ddl_command_end')
            and v.evtenabled in ('O', 'A')
            and (
                v.evttags is null
                or v.evttags && array['CREATE TABLE AS', 'ALTER TABLE', 'CREATE TRIGGER']
            )
        order by 1
    ) as event_functions
from expected as e
left join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
left join pg_catalog.pg_class as t
    on t.relnamespace = n.oid and t.relname = e.table_name and t.relkind in ('r', 'p', 'f')
left join pg_catalog.pg_proc as p
    on p.pronamespace = n.oid
    and p.proname = e.function_name
    and p.pronargs = 0
    and p.prorettype = 'pg_catalog.trigger'::regtype
order by e.position
