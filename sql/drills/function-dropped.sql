-- Drill  : the sessions guard's function is dropped, and its triggers with it
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_functions critical "public.trg_sessions_set_created_month() does not exist"
-- Sees   : guard_triggers critical "sessions_set_created_month is missing on"
-- Also   : rpc_answers, guard_behaviour

drop function public.trg_sessions_set_created_month() cascade;
