-- Drill  : keys of long ago are the day, in the right partition
-- Data   : every join on equal months loses these rows
-- Sees   : wrong_keys warning "not the first of"
-- By     : superuser

set session_replication_role = replica;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(), date_trunc('month', at) + interval '19 days', gen_random_uuid(), at
from generate_series(1, 3), (select (now() - interval '300 days') at time zone 'UTC') as t (at);
