-- Drill  : the job of that name calls something else than the routine
-- Data   : every run succeeds, and within three months new rows land in DEFAULT
-- Sees   : maintenance warning "does not call create_next_month_partitions() in this database"
-- On     : cron

select cron.schedule('maintain-partitions', '0 3 25 * *', 'select 1');
