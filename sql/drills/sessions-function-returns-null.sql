-- Drill  : the sessions guard returns null
-- Data   : inserts say INSERT 0 0 and the sessions are lost
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as 'begin return null; end';
