-- Drill  : anon may execute a guard's function
-- Data   : a stranger can hang it on a table of their own, with its owner's rights
-- Sees   : rpc_privileges warning "the guard public.trg_sessions_set_created_month() may be executed by anon"

grant execute on function public.trg_sessions_set_created_month() to anon;
