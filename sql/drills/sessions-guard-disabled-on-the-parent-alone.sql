-- Drill  : the sessions guard is disabled on the parent, and enabled on every partition
-- Data   : rows are right today; each partition made from now on is born without the guard
-- Sees   : guard_triggers critical "is disabled on public.sessions itself"
-- Also   : rpc_answers

alter table only public.sessions disable trigger sessions_set_created_month;
