-- Variant: another role has a job of the same name, which does something else
-- On     : cron
-- By     : superuser

select cron.schedule_in_database('maintain-partitions', '0 0 * * *', 'vacuum', 'postgres');

-- Repair
delete from cron.job where username = 'postgres';
