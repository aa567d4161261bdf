-- Drill  : one partition of sessions stands years before all the others
-- Data   : rows of the months between, should any come, go to DEFAULT
-- Sees   : partition_coverage warning " months, February 2001 through "
-- Demo   : no, the plan makes every month since then

create table public.sessions_2001_01 partition of public.sessions
    for values from ('2001-01-01') to ('2001-02-01');
alter table public.sessions_2001_01 enable row level security;

-- Repair
alter table public.sessions detach partition public.sessions_2001_01;
drop table public.sessions_2001_01;
