-- Drill  : the table named after this month is a partition of the table from before a swap
-- Data   : new events land in DEFAULT; no partition can be made while its name is taken
-- Sees   : partition_coverage critical "has its name and is a partition of public.events_old"
-- Also   : rpc_answers, freshness, orphan_rows, unattached_partitions
-- Demo   : no, what comes in meanwhile would be there twice

create table public.events_old (like public.events) partition by range (session_month);
do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
    part text := to_char(month, '"public.events_"YYYY_MM');
begin
    execute format('alter table public.events detach partition %s', part);
    execute format(
        'alter table public.events_old attach partition %s for values from (%L) to (%L)',
        part, month, (month + interval '1 month')::date);
end
$$;

-- Repair
do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
    part text := to_char(month, '"public.events_"YYYY_MM');
begin
    execute format('alter table public.events_old detach partition %s', part);
    execute format(
        'alter table public.events attach partition %s for values from (%L) to (%L)',
        part, month, (month + interval '1 month')::date);
end
$$;
drop table public.events_old;
