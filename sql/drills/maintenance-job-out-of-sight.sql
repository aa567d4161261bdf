-- Drill  : the function that shows the job is gone, so nobody can see whether it runs
-- Data   : none, while the job runs
-- Sees   : maintenance warning "public.watchtower_maintenance_job() is missing"
-- On     : cron

drop function public.watchtower_maintenance_job();
