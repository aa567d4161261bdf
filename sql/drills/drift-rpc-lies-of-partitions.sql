-- Drill  : the drift RPC says that the partitions are there while this month has none
-- Data   : new events go to the DEFAULT partition, and the nightly job reads ok
-- Sees   : rpc_answers critical "answers true although a partition is missing"
-- Sees   : partition_coverage critical "the current month: its rows go to the DEFAULT partition"
-- Demo   : no, it drops a month of events for good

create or replace function public.watchtower_partition_drift_check_v1() returns jsonb
language sql security definer set search_path = ''
as $$
    select '{"ok": true, "triggers_ok": true, "events_partition_ok": true}'::jsonb
$$;
do $$
begin
    execute format('drop table public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
-- An event of now in a visit that began last month, so that ingestion is not seen to stop.
insert into public.events (session_month, session_id, created_at)
select s.created_month, s.id, now() from public.sessions as s
where s.created_month < date_trunc('month', now() at time zone 'UTC')
order by s.created_at desc limit 1;
