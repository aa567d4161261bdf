-- Drill  : the sessions guard fires once a statement
-- Data   : inserts fail, or keep whatever month the writer sends
-- Sees   : guard_triggers critical "fires once a statement"
-- Sees   : guard_triggers critical "sessions_set_created_month is missing on"
-- Also   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
create or replace trigger sessions_set_created_month
    before insert or update on public.sessions
    for each statement execute function public.trg_sessions_set_created_month();

-- Repair
drop trigger sessions_set_created_month on public.sessions;
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
