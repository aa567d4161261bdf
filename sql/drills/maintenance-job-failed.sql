-- Drill  : the last run of the job that makes the partitions failed
-- Data   : within three months new rows land in DEFAULT
-- Sees   : maintenance warning "failed on"
-- On     : cron
-- By     : superuser

insert into cron.job_run_details (jobid, runid, username, status, start_time, end_time)
select jobid, 1, username, 'failed', now(), now() from cron.job;

-- Repair
delete from cron.job_run_details;
