-- Variant: pg_cron's job calls the routine under a name of its own
-- On     : cron

select cron.unschedule('maintain-partitions');
select cron.schedule('months', '0 4 1 * *', 'select public.create_next_month_partitions()');

-- Repair
select cron.unschedule('months');
select cron.schedule('maintain-partitions', '0 3 25 * *', 'select public.create_next_month_partitions()');
