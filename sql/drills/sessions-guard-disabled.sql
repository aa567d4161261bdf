-- Drill  : the sessions guard is disabled on the table, and with it on every partition
-- Data   : new sessions keep whatever month the writer sends; later partitions are born without
-- Sees   : guard_triggers critical "sessions_set_created_month is disabled on public.sessions and"
-- Also   : rpc_answers

alter table public.sessions disable trigger sessions_set_created_month;
