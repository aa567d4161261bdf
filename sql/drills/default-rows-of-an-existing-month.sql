-- Drill  : rows of this week lie in DEFAULT under a key that has no partition
-- Data   : joins by month do not find them, though the month has its partition
-- Sees   : default_partition_rows critical "with the key of January 2001 and the clock of"
-- Sees   : wrong_keys critical "carry a wrong created_month: January 2001"
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(), '2001-01-01', gen_random_uuid(), now() - interval '2 hours'
from generate_series(1, 3);
