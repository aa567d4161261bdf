-- Drill  : the sessions guard also fires on delete, where it returns null
-- Data   : deletes of sessions say DELETE 0 and delete nothing
-- Sees   : guard_triggers critical "fires on delete"
-- Sees   : rpc_answers critical "false"

create or replace trigger sessions_set_created_month
    before insert or delete or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
