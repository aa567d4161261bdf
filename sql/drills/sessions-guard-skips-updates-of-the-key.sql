-- Drill  : the sessions guard's UPDATE OF list lacks the key
-- Data   : an update of created_month alone leaves a wrong month
-- Sees   : guard_triggers critical "does not fire on update of created_month"
-- Also   : rpc_answers

create or replace trigger sessions_set_created_month
    before insert or update of created_at on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
