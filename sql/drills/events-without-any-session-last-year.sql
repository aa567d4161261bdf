-- Drill  : events of long ago, in the right month, name sessions that do not exist
-- Data   : no join finds them
-- Sees   : orphan_rows warning ", older than 7 days, do"
-- By     : superuser

set session_replication_role = replica;
insert into public.events (id, session_month, session_id, url, created_at)
select gen_random_uuid(), date_trunc('month', at), gen_random_uuid(), '/', at at time zone 'UTC'
from generate_series(1, 2), (select (now() - interval '300 days') at time zone 'UTC') as t (at);

-- Repair
delete from public.events as e
where not exists (select from public.sessions as s where s.id = e.session_id);
