-- Drill  : the partition named after this month takes the rows of another
-- Data   : new events land in DEFAULT; a check by name finds the partition
-- Sees   : partition_coverage critical "the current month: its rows go to the DEFAULT partition"
-- Also   : rpc_answers, unattached_partitions
-- Demo   : no, it drops a month of events for good

do $$
begin
    execute format('drop table public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
    execute format(
        'create table public.events_%s partition of public.events'
        ' for values from (''2001-01-01'') to (''2001-02-01'')', to_char(now() at time zone 'UTC', 'YYYY_MM'));
    execute format('alter table public.events_%s enable row level security', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;

-- An event of now in a visit that began last month, so that ingestion is not seen to stop.
insert into public.events (session_month, session_id, created_at)
select s.created_month, s.id, now() from public.sessions as s
where s.created_month < date_trunc('month', now() at time zone 'UTC')
order by s.created_at desc limit 1;

-- Repair
do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    execute format('drop table public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
    perform public.watchtower_make_partition('public.events', month);
end
$$;
