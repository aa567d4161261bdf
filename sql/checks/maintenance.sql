-- What makes the months ahead: the routine, pg_cron's job, or pg_partman?
-- Reads catalogs only, waits for no lock, needs no grant: cron.job itself is closed to most roles.
-- Params : routine text, observer text
-- Columns: routine_exists, routine_body (of the form without arguments), routine_statement (which creates that; null for a
--          body of BEGIN ATOMIC … END, which is printed under a lock), routine_mark (as sql/history/definitions.sql has it), cron, observer_exists, may_observe, role, partman_schema (where
--          pg_partman's part_config is), may_read_partman, observer_of (whose the observer is, where that role has
--          neither the rights of the owner of public.sessions, or of the database where that is not there, nor ours)
-- Rows   : one
-- By hand: psql -v routine=create_next_month_partitions -v observer=watchtower_maintenance_job
--               -f sql/checks/maintenance.sql
select
    exists (
        select from pg_catalog.pg_proc as p
        join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.proname = :'routine'
    ) as routine_exists,
    r.body as routine_body,
    r.statement as routine_statement,
    r.mark as routine_mark,
    exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_cron') as cron,
    o.oid is not null as observer_exists,
    coalesce(pg_catalog.has_function_privilege(o.oid, 'execute'), false) as may_observe,
    current_user::text as role,
    m.schema_name as partman_schema,
    coalesce(m.readable, false) as may_read_partman,
    case when not o.known then pg_catalog.pg_get_userbyid(o.proowner)::text end as observer_of
from (
    select coalesce((
        select c.relowner from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relname = 'sessions'
    ), b.datdba) as owner
    from pg_catalog.pg_database as b
    where b.datname = pg_catalog.current_database()
) as one
left join (
    select
        p.prosrc as body,
        case
            when p.prokind = 'f' and p.prosqlbody is null then pg_catalog.pg_get_functiondef(p.oid)
        end as statement,
        pg_catalog.left(
            pg_catalog.encode(
                pg_catalog.sha256(
                    pg_catalog.convert_to(
                        pg_catalog.concat_ws(
                            '|', p.prosrc, p.prosecdef, p.proconfig, p.provolatile,
                            p.proowner::regrole, p.prorettype::regtype, l.lanname
                        ),
                        'UTF8'
                    )
                ),
                'hex'
            ),
            12
        ) as mark
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_language as l on l.oid = p.prolang
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname = :'routine' and p.pronargs = 0
) as r on true
left join lateral (
    select
        p.oid,
        p.proowner,
        pg_catalog.pg_has_role(p.proowner, one.owner, 'usage')
            or pg_catalog.pg_has_role(p.proowner, session_user, 'usage') as known
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
    -- pg_partman's own, or of somebody who is no stranger: what reads another's table may run its owner's code.
    where c.relname = 'part_config' and c.relkind = 'r'
        and (
            pg_catalog.pg_has_role(c.relowner, one.owner, 'usage')
            or pg_catalog.pg_has_role(c.relowner, session_user, 'usage')
            or exists (
                select from pg_catalog.pg_depend as d
                join pg_catalog.pg_extension as x on x.oid = d.refobjid and x.extname = 'pg_partman'
                where d.objid = c.oid and d.classid = 'pg_catalog.pg_class'::regclass
                    and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'
            )
        )
    order by n.nspname
    limit 1
) as m on true
