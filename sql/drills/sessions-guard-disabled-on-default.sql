-- Drill  : the sessions guard is disabled on the DEFAULT partition alone
-- Data   : a session whose key has no partition lands in DEFAULT and keeps its wrong month
-- Sees   : guard_triggers critical "is disabled on public.sessions_default"
-- Also   : rpc_answers

alter table public.sessions_default disable trigger sessions_set_created_month;
