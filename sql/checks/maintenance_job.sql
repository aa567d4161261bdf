-- pg_cron's job as the setup's definer function shows it.
-- Columns: name, schedule, active, last_status, last_end, calls_routine (does it call the routine in
--          this database; null where an older setup does not say)
-- Rows   : one where the job exists
-- By hand: psql -f sql/checks/maintenance_job.sql
select
    j.name,
    j.schedule,
    j.active,
    j.last_status,
    j.last_end,
    (pg_catalog.to_jsonb(j) ->> 'calls_routine')::boolean as calls_routine
from public.watchtower_maintenance_job() as j
