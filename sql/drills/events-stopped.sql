-- Drill  : no event has come in for ten days
-- Data   : ingestion is down
-- Sees   : freshness warning "no row has come into public.events for more than 7 days"
-- Demo   : no, it deletes ten days of events for good

delete from public.events where created_at > now() - interval '10 days';

-- Repair
insert into public.events (session_month, session_id, created_at)
select s.created_month, s.id, now() from public.sessions as s order by s.created_at desc limit 1;
