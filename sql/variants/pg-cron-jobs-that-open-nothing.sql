-- Variant: pg_cron's jobs clean up, refresh, and call with a password in their commands
-- On     : cron

select cron.schedule('old-events', '0 2 1 1 *', 'delete from public.events where created_at < now() - interval ''5 years''');

select cron.schedule('replicas', '0 2 1 1 *', 'select current_setting(''session_replication_role'')');

select cron.schedule('push', '0 2 1 1 *', 'select dblink_connect(''host=x user=y password=never-shown''), ''partition''');

create function public.run_it(query text) returns void language plpgsql set search_path = '' as $$
begin
    execute query;
end
$$;

select cron.schedule('statistics', '0 2 1 1 *', 'select public.run_it(''analyze public.sessions'')');

select cron.schedule('views', '0 2 1 1 *',
    'do $$ declare v text; begin for v in select matviewname from pg_matviews loop execute format(''refresh materialized view %I'', v); end loop; end $$');

-- Repair
select cron.unschedule(name) from unnest(array['old-events', 'replicas', 'push', 'statistics', 'views']) as n (name);
drop function public.run_it(text);
