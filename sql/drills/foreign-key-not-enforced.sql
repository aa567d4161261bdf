-- Drill  : the foreign key is there, NOT ENFORCED
-- Data   : nothing refuses an event whose month is not its session's
-- Sees   : foreign_key critical "fk_events_session"
-- On     : 18

alter table public.events drop constraint fk_events_session;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred not enforced;

-- Repair
alter table public.events drop constraint fk_events_session;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
