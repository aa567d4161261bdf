-- Drill  : the current month is missing in a database that prints dates the German way
-- Data   : every new event lands in DEFAULT
-- Sees   : partition_coverage critical "the current month: its rows go to the DEFAULT partition"
-- Also   : rpc_answers
-- Demo   : no, it drops a month of events for good

do $$
begin
    execute format('alter database %I set datestyle = ''German, DMY''', current_database());
    execute format('alter database %I set timezone = ''Pacific/Kiritimati''', current_database());
    execute format('drop table public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
-- An event of now in a visit that began last month, so that ingestion is not seen to stop.
insert into public.events (session_month, session_id, created_at)
select s.created_month, s.id, now() from public.sessions as s
where s.created_month < date_trunc('month', now() at time zone 'UTC')
order by s.created_at desc limit 1;
