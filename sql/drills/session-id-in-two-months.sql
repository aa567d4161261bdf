-- Drill  : one session id stands in two months
-- Data   : a join by id alone counts its events twice
-- Sees   : duplicate_ids warning "stands in more than one month"
-- Also   : wrong_keys

insert into public.sessions (id, created_month, created_at)
select s.id,
    date_trunc('month', (s.created_at - interval '35 days') at time zone 'UTC'),
    s.created_at - interval '35 days'
from public.sessions as s order by s.created_at desc limit 1;

-- Repair
delete from public.sessions as s
where exists (
    select from public.sessions as t where t.id = s.id and t.created_at > s.created_at
);
