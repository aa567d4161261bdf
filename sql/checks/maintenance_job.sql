-- pg_cron's job as the setup's definer function shows it.
-- Columns: name, schedule, active, last_status, last_end
-- Rows   : one where the job exists
select name, schedule, active, last_status, last_end from public.watchtower_maintenance_job()
