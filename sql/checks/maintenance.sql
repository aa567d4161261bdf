-- What makes the months ahead: the routine, pg_cron's job, or pg_partman?
-- Reads catalogs only, waits for no lock, needs no grant: cron.job itself is closed to most roles.
-- Params : routine text, observer text
-- Columns: routine_exists, routine_body (of the form without arguments), cron, observer_exists, may_observe, role, partman_schema (where
--          pg_partman's part_config is), may_read_partman
-- Rows   : one
-- By hand: psql -v routine=create_next_month_partitions -v observer=watchtower_maintenance_job
--               -f sql/checks/maintenance.sql
select
    exists (
        select from pg_catalog.pg_proc as p
        join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.proname = :'routine'
    ) as routine_exists,
    (
        select p.prosrc from pg_catalog.pg_proc as p
        join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.proname = :'routine' and p.pronargs = 0
    ) as routine_body,
    exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_cron') as cron,
    o.oid is not null as observer_exists,
    coalesce(pg_catalog.has_function_privilege(o.oid, 'execute'), false) as may_observe,
    current_user::text as role,
    m.schema_name as partman_schema,
    coalesce(m.readable, false) as may_read_partman
from (values (1)) as one (row)
left join lateral (
    select p.oid
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname = :'observer' and p.pronargs = 0
    limit 1
) as o on true
left join lateral (
    select
        n.nspname::text as schema_name,
        pg_catalog.has_schema_privilege(n.oid, 'usage')
            and pg_catalog.has_table_privilege(c.oid, 'select') as readable
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = 'parent_table'
    where c.relname = 'part_config' and c.relkind = 'r'
    order by n.nspname
    limit 1
) as m on true
