-- Drill  : events of this week name sessions that do not exist
-- Data   : no join finds them
-- Sees   : orphan_rows critical "have no session in any month"
-- By     : superuser

set session_replication_role = replica;
insert into public.events (id, session_month, session_id, site_id, url, created_at)
select md5('orphan' || n)::uuid, date_trunc('month', at), gen_random_uuid(), null, '/', at
from generate_series(1, 2) as n,
    (select (now() - interval '1 hour') at time zone 'UTC') as t (at);

-- Repair
delete from public.events where id in (md5('orphan1')::uuid, md5('orphan2')::uuid);
