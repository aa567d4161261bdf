-- Drill  : the current month of events is divided by hash, and one of its two parts is detached
-- Data   : half of the new events are refused
-- Sees   : partition_coverage critical "divided by hash and 1/2 of its rows have no partition"
-- Sees   : rpc_answers critical "events_partition_ok false"
-- Also   : unattached_partitions, maintenance, freshness, key_constraints, foreign_key
-- Demo   : no, it detaches the current month of events

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    execute format('alter table public.events detach partition public.events_%s',
        to_char(month, 'YYYY_MM'));
    execute format('create table public.events_busy partition of public.events'
        ' for values from (%L) to (%L) partition by hash (id)',
        month, (month + interval '1 month')::date);
end
$$;
create table public.events_busy_0 partition of public.events_busy
    for values with (modulus 2, remainder 0);
create table public.events_busy_1 partition of public.events_busy
    for values with (modulus 2, remainder 1);
alter table public.events_busy enable row level security;
alter table public.events_busy_0 enable row level security;
alter table public.events_busy_1 enable row level security;
alter table public.events_busy detach partition public.events_busy_1;

-- Repair
drop table public.events_busy, public.events_busy_1;
do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    execute format('alter table public.events attach partition public.events_%s'
        ' for values from (%L) to (%L)',
        to_char(month, 'YYYY_MM'), month, (month + interval '1 month')::date);
end
$$;
