-- Drill  : keys of this week are the day, as DEFAULT CURRENT_DATE leaves them without the guard
-- Data   : the row sits in the right partition and every join on equal months loses it
-- Sees   : wrong_keys critical "not the first of a month"
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(), date_trunc('month', at) + interval '19 days', gen_random_uuid(), at
from generate_series(1, 3), (select (now() - interval '2 hours') at time zone 'UTC') as t (at);
