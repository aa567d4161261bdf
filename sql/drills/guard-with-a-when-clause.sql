-- Drill  : the sessions guard fires only where the key is null
-- Data   : a wrong month that the writer sends stays
-- Sees   : guard_triggers critical "fires only when its WHEN clause holds"
-- Also   : rpc_answers

create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row when (new.created_month is null)
    execute function public.trg_sessions_set_created_month();
