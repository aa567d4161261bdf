-- Drill  : the foreign key was made again, INITIALLY IMMEDIATE
-- Data   : an event that arrives before its session is refused
-- Sees   : foreign_key warning "is INITIALLY IMMEDIATE"

alter table public.events drop constraint fk_events_session;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable;
