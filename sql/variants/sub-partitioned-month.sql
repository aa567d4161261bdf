-- Variant: a busy month is itself partitioned by hash of the id
-- Says   : unattached_partitions

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC') + interval '4 months';
begin
    execute format(
        'create table public.events_busy partition of public.events'
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
