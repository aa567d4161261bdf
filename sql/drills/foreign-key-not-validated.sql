-- Drill  : the foreign key is back, NOT VALID
-- Data   : new events need their session; old orphans stay
-- Sees   : foreign_key warning "fk_events_session"
-- On     : 18

alter table public.events drop constraint fk_events_session;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred not valid;

-- Repair
alter table public.events validate constraint fk_events_session;
