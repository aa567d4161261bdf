-- Drill  : the trigger of the guard's name calls a function that does nothing
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_triggers critical "calls public.other() instead of public.trg_sessions_set_created_month()"
-- Also   : rpc_answers

create or replace function public.other() returns trigger
language plpgsql as 'begin return new; end';
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.other();
