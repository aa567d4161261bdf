-- Drill  : a month ahead is divided by hash, and one of its two parts is not there
-- Data   : half of the rows of that month will be refused
-- Sees   : partition_coverage warning "divided by hash and 1/2 of its rows have no partition"
-- Also   : unattached_partitions
-- Demo   : no, the partition that is lacking is made by hand

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC') + interval '4 months';
begin
    execute format('create table public.events_busy partition of public.events'
        ' for values from (%L) to (%L) partition by hash (id)',
        month, (month + interval '1 month')::date);
end
$$;
create table public.events_busy_0 partition of public.events_busy
    for values with (modulus 2, remainder 0);
alter table public.events_busy enable row level security;
alter table public.events_busy_0 enable row level security;

-- Repair
drop table public.events_busy;
