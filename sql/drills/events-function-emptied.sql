-- Drill  : the events guard's function does nothing any more
-- Data   : new events keep whatever month the writer sends
-- Sees   : guard_behaviour critical "public.trg_events_set_session_month_from_session()"
-- Also   : guard_functions

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = ''
as 'begin return new; end';
