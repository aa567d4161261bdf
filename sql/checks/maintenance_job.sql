-- pg_cron's jobs that make partitions, or are named so, as the setup's definer function shows them.
-- Columns: name (pg_cron's jobs need none), schedule, active, last_status, last_end, and where an older setup does not say, null:
--          calls_routine (does it call the routine in this database), last_message (pg_cron's own, of
--          a run that failed), under_way (the state of a run that has not ended), never_any (has
--          pg_cron never run anything; null, too, where nobody may know)
-- Rows   : one a job, what makes partitions first
-- By hand: psql -f sql/checks/maintenance_job.sql
select
    coalesce(j.name::text, 'without a name') as name,
    j.schedule::text as schedule,
    j.active::boolean as active,
    j.last_status::text as last_status,
    j.last_end::timestamptz as last_end,
    (t.row ->> 'calls_routine')::boolean as calls_routine,
    t.row ->> 'last_message' as last_message,
    t.row ->> 'under_way' as under_way,
    (t.row ->> 'never_any')::boolean as never_any
from public.watchtower_maintenance_job() as j
cross join lateral (select pg_catalog.to_jsonb(j)) as t (row)
