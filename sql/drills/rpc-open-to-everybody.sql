-- Drill  : PUBLIC may execute the maintenance routine
-- Data   : whoever holds the site's public key can make partitions
-- Sees   : rpc_privileges critical "PUBLIC"

grant execute on function public.create_next_month_partitions() to public;
