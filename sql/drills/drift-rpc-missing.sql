-- Drill  : the drift RPC is missing
-- Data   : nothing changes; who asks it gets an error
-- Sees   : rpc_answers critical "public.watchtower_partition_drift_check_v1() does not exist"
-- Also   : rpc_privileges

drop function public.watchtower_partition_drift_check_v1();
