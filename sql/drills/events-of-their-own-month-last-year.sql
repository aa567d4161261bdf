-- Drill  : old events of visits over a month's turn carry their own month, not their session's
-- Data   : joins by month lose them
-- Sees   : orphan_rows warning ", older than 7 days, do"
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, created_at)
select md5('night')::uuid, turn - interval '1 month', turn at time zone 'UTC' - interval '5 minutes'
from date_trunc('month', now() at time zone 'UTC' - interval '9 months') as turn;
insert into public.events (id, session_month, session_id, url, created_at)
select gen_random_uuid(), turn, md5('night')::uuid, '/', turn at time zone 'UTC' + interval '5 minutes'
from date_trunc('month', now() at time zone 'UTC' - interval '9 months') as turn;
