-- Drill  : a table is named like a partition and was never attached
-- Data   : whoever writes into it by its name writes past the guard, and no report reads it
-- Sees   : unattached_partitions warning "public.sessions_2031_01"

create table public.sessions_2031_01 (like public.sessions);
alter table public.sessions_2031_01 enable row level security;

-- Repair
drop table public.sessions_2031_01;
