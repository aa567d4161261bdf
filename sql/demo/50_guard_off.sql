-- For the sample history: the sessions guard is off, and an import has written 12 sessions into a month of long ago.
-- Params : at timestamptz (the import's last row)
-- Needs  : the owner of the tables, and the partition of three months before.
alter table public.sessions disable trigger sessions_set_created_month;
insert into public.sessions (id, created_month, site_id, created_at)
select
    gen_random_uuid(),
    date_trunc('month', :'at'::timestamptz at time zone 'UTC') - interval '3 months',
    gen_random_uuid(),
    :'at'::timestamptz - n * interval '20 seconds'
from generate_series(0, 11) as n;
insert into public.events (session_month, session_id, site_id, url, created_at)
select s.created_month, s.id, s.site_id, '/', s.created_at
from public.sessions as s
where s.created_month < date_trunc('month', s.created_at at time zone 'UTC');
