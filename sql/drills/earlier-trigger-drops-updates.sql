-- Drill  : a trigger before the sessions guard returns null on update
-- Data   : updates say UPDATE 0 and change nothing
-- Sees   : trigger_order unknown "the row is dropped"

create or replace function public.a_freeze() returns trigger language plpgsql set search_path = ''
as 'begin return null; end';
create or replace trigger a_freeze before update on public.sessions
    for each row execute function public.a_freeze();

-- Repair
drop trigger a_freeze on public.sessions;
