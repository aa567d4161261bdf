-- Drill  : events may be stored without created_at, by which every count of rows goes
-- Data   : such events are in no window: whether they find their session nobody counts
-- Sees   : key_constraints unknown "1 row of public.events has no created_at"

alter table public.events alter column created_at drop not null;
insert into public.events (session_id, session_month, created_at)
select id, created_month, null from public.sessions limit 1;

-- Repair
delete from public.events where created_at is null;
alter table public.events alter column created_at set not null;
