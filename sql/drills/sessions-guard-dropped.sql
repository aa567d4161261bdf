-- Drill  : the sessions guard is gone
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_triggers critical "sessions_set_created_month is missing on public.sessions and"
-- Also   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
