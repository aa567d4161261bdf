-- Drill  : the current month has no partition and its new events are in DEFAULT already
-- Data   : joins find them, but they block making the month's partition (23514)
-- Sees   : default_partition_rows critical "which has no partition"
-- Sees   : partition_coverage critical "the current month: its rows go to the DEFAULT partition"
-- Also   : rpc_answers
-- Demo   : no, it drops a month of events for good

do $$
begin
    execute format('drop table public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
insert into public.sessions (id, created_month, created_at)
values (md5('of today')::uuid, date_trunc('month', now() at time zone 'UTC')::date, now());
insert into public.events (id, session_month, session_id, url, created_at)
values (md5('of today')::uuid, date_trunc('month', now() at time zone 'UTC')::date, md5('of today')::uuid, '/', now());

-- Repair
delete from public.events where id = md5('of today')::uuid;
select public.create_next_month_partitions();
insert into public.events (session_month, session_id, created_at)
select s.created_month, s.id, s.created_at from public.sessions as s
where s.id = md5('of today')::uuid;
