-- Drill  : the watchtower may not execute an RPC
-- Data   : nothing changes; the answer can no longer be had
-- Sees   : rpc_answers unknown "this role may not execute public.verify_partition_triggers_exist()"
-- Also   : rpc_privileges
-- As     : role

revoke execute on function public.verify_partition_triggers_exist() from watchtower;
