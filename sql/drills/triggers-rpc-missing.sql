-- Drill  : the RPC that says whether the guards are there is missing
-- Data   : nothing changes; who asks it gets an error
-- Sees   : rpc_answers critical "public.verify_partition_triggers_exist() does not exist"
-- Also   : rpc_privileges

drop function public.verify_partition_triggers_exist();
