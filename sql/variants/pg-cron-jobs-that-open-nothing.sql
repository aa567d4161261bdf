-- Variant: pg_cron's jobs clean up, refresh, and call with a password in their commands
-- On     : cron

select cron.schedule('old-events', '0 2 1 1 *', 'delete from public.events where created_at < now() - interval ''5 years''');

select cron.schedule('replicas', '0 2 1 1 *', 'select current_setting(''session_replication_role'')');

select cron.schedule('push', '0 2 1 1 *', 'select dblink_connect(''host=x user=y password=never-shown''), ''partition''');

-- Repair
select cron.unschedule(name) from unnest(array['old-events', 'replicas', 'push']) as n (name);
