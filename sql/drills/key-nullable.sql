-- Drill  : a restored copy lacks the primary key of events, and its key may be null
-- Data   : an event without a month is accepted into DEFAULT wherever the guard does not run
-- Sees   : key_constraints warning "session_month"
-- Also   : foreign_key
-- Demo   : no, the plan brings back NOT NULL and not the primary key

alter table public.events drop constraint fk_events_session;
alter table public.events drop constraint events_pkey;
alter table public.events alter column session_month drop not null;

-- Repair
alter table public.events add primary key (id, session_month);
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
