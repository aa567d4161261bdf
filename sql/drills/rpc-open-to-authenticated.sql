-- Drill  : every signed-in user may execute the RPC
-- Data   : every user of the site can ask the database about its guards
-- Sees   : rpc_privileges critical "authenticated"

grant execute on function public.verify_partition_triggers_exist() to authenticated;
