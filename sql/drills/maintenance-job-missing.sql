-- Drill  : pg_cron has no job that makes the partitions
-- Data   : within three months new rows land in DEFAULT
-- Sees   : maintenance warning "pg_cron has no job maintain-partitions"
-- On     : cron

select cron.unschedule('maintain-partitions');
