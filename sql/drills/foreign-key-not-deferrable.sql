-- Drill  : the foreign key was made again, NOT DEFERRABLE
-- Data   : an event that arrives before its session is refused
-- Sees   : foreign_key warning "is NOT DEFERRABLE"

alter table public.events drop constraint fk_events_session;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade;
