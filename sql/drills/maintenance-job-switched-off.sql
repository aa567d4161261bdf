-- Drill  : the job that makes the partitions is switched off
-- Data   : within three months new rows land in DEFAULT
-- Sees   : maintenance warning "is not active"
-- On     : cron
-- By     : superuser

select cron.alter_job(jobid, active => false) from cron.job;
