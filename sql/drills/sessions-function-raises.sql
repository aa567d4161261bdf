-- Drill  : the sessions guard always raises
-- Data   : no session can be written at all
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as 'begin raise exception ''out of order''; end';
