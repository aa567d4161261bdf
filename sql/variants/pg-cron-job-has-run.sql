-- Variant: pg_cron's job is there, active, and its last run succeeded
-- On     : cron
-- By     : superuser

insert into cron.job_run_details (jobid, runid, username, status, start_time, end_time)
select jobid, 1, username, 'succeeded', now(), now() from cron.job;

-- Repair
delete from cron.job_run_details;
