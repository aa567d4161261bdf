-- Drill  : the foreign key was made again, without ON DELETE CASCADE
-- Data   : a session that has events cannot be deleted
-- Sees   : foreign_key warning "without ON DELETE CASCADE"

alter table public.events drop constraint fk_events_session;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    deferrable initially deferred;
