-- Drill  : events of long ago say another month than their session
-- Data   : joins by month lose them
-- Sees   : orphan_rows warning ", older than 7 days, do"
-- By     : superuser

set session_replication_role = replica;
insert into public.events (id, session_month, session_id, site_id, url, created_at)
select gen_random_uuid(), s.created_month + interval '3 months', s.id, s.site_id, '/',
    s.created_at + interval '1 minute'
from public.sessions as s
where s.created_at < now() - interval '200 days' order by s.created_at desc limit 4;
