-- Adds the events, up to a moment, of the visits between two others, each once, however often it runs.
-- Params : since timestamptz, until timestamptz, moment timestamptz
-- Needs  : 20_traffic.sql in this session, the visits in public.sessions, and the right to insert.
insert into public.events (
    id, session_month, session_id, site_id, url, created_at, event_category, event_action, metadata,
    ingest_dedup_id
)
select
    event.id, s.created_month, event.session_id, event.site_id, event.url, event.created_at,
    event.event_category, event.event_action, event.metadata, event.ingest_dedup_id
from pg_temp.visit_events(:'since'::timestamptz, :'until'::timestamptz, :'moment'::timestamptz) as event
join public.sessions s on s.id = event.session_id
where not exists (select from public.events e where e.id = event.id)
order by event.created_at, event.id;
