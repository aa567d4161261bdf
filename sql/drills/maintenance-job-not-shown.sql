-- Drill  : the role may not call the function that shows the job
-- Data   : none, while the job runs
-- Sees   : maintenance warning "may not look at pg_cron's job maintain-partitions"
-- On     : cron
-- As     : role

revoke all on function public.watchtower_maintenance_job() from watchtower;
