-- Drill  : the sessions guard is gone and a default of the current date hides it
-- Data   : inserts succeed with a key that is not the first of a month; joins by month lose them
-- Sees   : guard_triggers critical "sessions_set_created_month is missing on"
-- Sees   : key_constraints critical "created_month has the default CURRENT_DATE"
-- Also   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
alter table public.sessions alter column created_month set default current_date;

-- Repair
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
alter table public.sessions alter column created_month drop default;
