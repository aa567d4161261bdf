-- Drill  : the current month has no partition and there is no DEFAULT
-- Data   : every new event is refused
-- Sees   : partition_coverage critical "the current month: its rows are refused"
-- Also   : rpc_answers
-- Demo   : no, it drops a month of events for good

drop table public.events_default;
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
