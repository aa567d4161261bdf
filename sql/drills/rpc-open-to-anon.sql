-- Drill  : anon may execute the drift RPC
-- Data   : whoever holds the site's public key can write rows into the history
-- Sees   : rpc_privileges critical "anon"

grant execute on function public.watchtower_partition_drift_check_v1() to anon;
