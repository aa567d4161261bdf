-- Drill  : a SECURITY DEFINER RPC takes its search_path from the caller
-- Data   : a caller's own objects can run with the owner's rights
-- Sees   : rpc_privileges warning "public.verify_partition_triggers_exist()"

alter function public.verify_partition_triggers_exist() reset search_path;
