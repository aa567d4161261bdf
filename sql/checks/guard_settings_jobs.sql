-- Which commands does pg_cron run here that have to do with guards, as the setup's definer function shows them?
-- Params : schemas text[], tables text[], triggers text[] (parallel)
-- Columns: those of sql/checks/guard_settings_texts.sql; name is the job's, value its command, moment job
-- Rows   : one an active job of this database
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -v triggers='{sessions_set_created_month,events_set_session_month_from_session}'
--               -f sql/checks/guard_settings_jobs.sql
select
    'text' as kind,
    j.name::text as name,
    'pg_cron''s job ' || j.name as called,
    j.command::text as value,
    'sql' as language,
    '' as arguments,
    'void' as result,
    null::text as relation,
    null::text as root,
    null::text as event,
    'job' as moment,
    array[]::text[] as fires_on,
    coalesce(
        o.rolsuper or pg_catalog.has_parameter_privilege(o.oid, 'session_replication_role', 'set'), false
    ) as active,
    coalesce(o.reaches, false) as reaches,
    j.owner::text as owner,
    array[]::text[] as callers,
    coalesce(o.always, false) as always
from public.watchtower_job_commands() as j
left join lateral (
    select
        r.oid,
        r.rolsuper,
        bool_or(pg_catalog.pg_has_role(r.oid, c.relowner, 'usage')) as reaches,
        bool_and(coalesce(x.tgenabled = 'A', false)) as always
    from pg_catalog.pg_roles as r
    cross join unnest(:'schemas'::text[], :'tables'::text[], :'triggers'::text[])
        as e (schema_name, table_name, trigger_name)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    left join pg_catalog.pg_trigger as x on x.tgrelid = c.oid and x.tgname = e.trigger_name
    where r.rolname = j.owner::text
    group by r.oid, r.rolsuper
) as o on true
order by 2
