-- Drill  : a trigger keeps sessions from being deleted, also when an update moves one to another month
-- Data   : such an update is lost: its writer is told of 0 rows, and the old time and month stay
-- Sees   : trigger_order warning "an update that moves a row to another month is lost without a word"

create or replace function public.a_keep() returns trigger language plpgsql set search_path = ''
as 'begin return null; end';
create or replace trigger a_keep before delete on public.sessions
    for each row execute function public.a_keep();

-- Repair
drop function public.a_keep() cascade;
