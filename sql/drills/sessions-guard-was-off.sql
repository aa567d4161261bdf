-- Drill  : the sessions guard was off for a while this week, and is on again
-- Data   : sessions of those hours, and their events, say another month; reports by month miss them
-- Sees   : wrong_keys critical "carry a wrong created_month"

alter table public.sessions disable trigger sessions_set_created_month;
insert into public.sessions (id, created_month, site_id, created_at)
select
    gen_random_uuid(),
    date_trunc('month', now() at time zone 'UTC') - interval '3 months',
    gen_random_uuid(),
    now() - n * interval '10 minutes'
from generate_series(1, 12) as n;
alter table public.sessions enable trigger sessions_set_created_month;
insert into public.events (session_month, session_id, site_id, url, created_at)
select s.created_month, s.id, s.site_id, '/', s.created_at + n * interval '20 seconds'
from public.sessions as s, generate_series(1, 3) as n
where s.created_at > now() - interval '3 hours'
    and s.created_month < date_trunc('month', s.created_at at time zone 'UTC');
