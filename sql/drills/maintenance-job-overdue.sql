-- Drill  : the job that makes the partitions has not run for two months
-- Data   : soon new rows land in DEFAULT
-- Sees   : maintenance warning "has not run since"
-- On     : cron
-- By     : superuser

insert into cron.job_run_details (jobid, runid, username, status, start_time, end_time)
select jobid, 1, username, 'succeeded', now() - interval '60 days', now() - interval '60 days'
from cron.job;

-- Repair
delete from cron.job_run_details;
