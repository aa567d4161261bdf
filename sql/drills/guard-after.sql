-- Drill  : the sessions guard fires after the row is written
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_triggers critical "fires after the row is written"
-- Also   : rpc_answers

create or replace trigger sessions_set_created_month
    after insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
