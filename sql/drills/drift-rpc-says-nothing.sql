-- Drill  : the drift RPC answers something else than an object with ok
-- Data   : nothing changes; whoever reads only that the call returned believes it
-- Sees   : rpc_answers critical "not an object with ok"

create or replace function public.watchtower_partition_drift_check_v1() returns jsonb
language sql security definer set search_path = ''
as $$
    select '["fine"]'::jsonb
$$;

-- Repair
-- sql/setup/40_rpcs.sql
