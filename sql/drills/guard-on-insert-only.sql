-- Drill  : the sessions guard does not fire on update
-- Data   : whoever updates the key or the clock leaves a wrong month
-- Sees   : guard_triggers critical "does not fire on update"
-- Also   : rpc_answers

create or replace trigger sessions_set_created_month
    before insert on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
