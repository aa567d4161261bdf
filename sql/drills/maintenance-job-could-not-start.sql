-- Drill  : the last run of the job that makes the partitions could not start, and has no time
-- Data   : within three months new rows land in DEFAULT
-- Sees   : maintenance warning "failed: connection failed"
-- On     : cron
-- By     : superuser

insert into cron.job_run_details (jobid, runid, username, status, return_message, start_time, end_time)
select jobid, 1, username, 'succeeded', '1 row', now(), now() from cron.job
union all
select jobid, 2, username, 'failed', 'connection failed', null, null from cron.job;

-- Repair
delete from cron.job_run_details;
