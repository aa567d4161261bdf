-- Drill  : the job calls the routine, but in another database
-- Data   : within three months new rows land in DEFAULT
-- Sees   : maintenance warning "does not call create_next_month_partitions() in this database"
-- On     : cron
-- By     : superuser

update cron.job set database = 'postgres';
