-- Drill  : a guard's function was made again, and nobody closed it
-- Data   : a stranger can hang it on a table of their own, with its owner's rights
-- Sees   : rpc_privileges warning "PUBLIC"

grant execute on function public.trg_events_set_session_month_from_session() to public;
