-- Drill  : the drift RPC runs with the caller's rights
-- Data   : it fails for whoever may not write the history by himself
-- Sees   : rpc_privileges warning "public.watchtower_partition_drift_check_v1()"
-- Also   : rpc_answers

alter function public.watchtower_partition_drift_check_v1() security invoker;
