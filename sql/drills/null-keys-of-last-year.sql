-- Drill  : in a copy without the constraint, old events have no key
-- Data   : no join by month finds them
-- Sees   : null_keys warning "have a null session_month"
-- Also   : default_partition_rows, foreign_key, key_constraints, orphan_rows
-- Demo   : no, the plan brings back NOT NULL and not the primary key

alter table public.events drop constraint fk_events_session;
alter table public.events drop constraint events_pkey;
alter table public.events alter column session_month drop not null;
alter table public.events disable trigger events_set_session_month_from_session;
insert into public.events (id, session_id, site_id, url, created_at)
select gen_random_uuid(), s.id, s.site_id, '/', s.created_at
from public.sessions as s order by s.created_at limit 5;
alter table public.events enable trigger events_set_session_month_from_session;

-- Repair
delete from public.events where session_month is null;
alter table public.events add primary key (id, session_month);
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
