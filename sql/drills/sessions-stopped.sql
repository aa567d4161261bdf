-- Drill  : no session has come in for twelve hours
-- Data   : ingestion is down
-- Sees   : freshness warning "the newest row of public.sessions is of"
-- Demo   : no, the sample traffic comes in again by itself

delete from public.sessions where created_at > now() - interval '12 hours';

-- Repair
insert into public.sessions (created_month, created_at)
values (date_trunc('month', now() at time zone 'UTC')::date, now());
insert into public.events (session_month, session_id, created_at)
select s.created_month, s.id, now() from public.sessions as s order by s.created_at desc limit 1;
