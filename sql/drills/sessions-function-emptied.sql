-- Drill  : the sessions guard's function does nothing any more
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as 'begin return new; end';
