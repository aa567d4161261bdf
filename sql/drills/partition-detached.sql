-- Drill  : this month's partition is detached, and still has its name
-- Data   : new events land in DEFAULT; those of the month so far are out of the table's sight
-- Sees   : partition_coverage critical "the current month: its rows go to the DEFAULT partition"
-- Sees   : unattached_partitions critical "is named like the partition of"
-- Also   : rpc_answers, freshness, orphan_rows
-- Demo   : no, what comes in meanwhile would be there twice

do $$
begin
    execute format('alter table public.events detach partition public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;

-- Repair
do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    execute format(
        'alter table public.events attach partition public.events_%s for values from (%L) to (%L)',
        to_char(now() at time zone 'UTC', 'YYYY_MM'), month, (month + interval '1 month')::date);
end
$$;
