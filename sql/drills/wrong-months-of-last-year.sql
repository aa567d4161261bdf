-- Drill  : sessions of long ago say another month
-- Data   : reports over that time count too few
-- Sees   : wrong_keys warning "sit in the partition of another month"
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(),
    date_trunc('month', now() at time zone 'UTC') - interval '3 months',
    gen_random_uuid(),
    now() - interval '300 days'
from generate_series(1, 3);
