-- Adds the visits between two moments to public.sessions, each once, however often it runs.
-- The key that a program sends is a day or already the month: the guard makes the month of it.
-- Params : since timestamptz, until timestamptz, precision text (day or month)
-- Needs  : 20_traffic.sql in this session, and the right to insert.
insert into public.sessions (id, created_month, site_id, created_at)
select visit.id, date_trunc(:'precision', visit.created_at at time zone 'UTC')::date, visit.site_id, visit.created_at
from pg_temp.visits(:'since'::timestamptz, :'until'::timestamptz) as visit
where not exists (select from public.sessions s where s.id = visit.id)
order by visit.created_at, visit.id;
