-- Drill  : a session with session_replication_role = replica wrote this week, and left no other trace
-- Data   : sessions of this week say another month; joins by month lose their events
-- Sees   : wrong_keys critical "carry a wrong created_month"
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(),
    date_trunc('month', now() at time zone 'UTC') - interval '3 months',
    gen_random_uuid(),
    now() - interval '2 hours'
from generate_series(1, 3);
