-- Variant: a run of pg_cron's job could not start, which leaves it without a time, and a later one succeeded
-- On     : cron
-- By     : superuser

insert into cron.job_run_details (jobid, runid, username, status, return_message, start_time, end_time)
select jobid, 1, username, 'failed', 'connection failed', null, null from cron.job
union all
select jobid, 2, username, 'succeeded', '1 row', now(), now() from cron.job;

-- Repair
delete from cron.job_run_details;
