-- Drill  : the last minute of last month is keyed as this month, as a writer in Berlin would
-- Data   : one row sits a month too late
-- Sees   : wrong_keys critical "carries a wrong created_month"
-- At     : month start + 1 h
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(), turn, gen_random_uuid(),
    turn at time zone 'UTC' - interval '1 millisecond'
from date_trunc('month', now() at time zone 'UTC') as turn;
