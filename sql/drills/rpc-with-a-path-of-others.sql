-- Drill  : a SECURITY DEFINER RPC looks its names up in schemas that others may fill
-- Data   : somebody else's objects can run with the owner's rights
-- Sees   : rpc_privileges warning "public.verify_partition_triggers_exist()"

alter function public.verify_partition_triggers_exist() set search_path = '$user', public;
