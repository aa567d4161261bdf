-- Drill  : the drift RPC raises
-- Data   : nothing changes; who asks it gets an error
-- Sees   : rpc_answers critical "public.watchtower_partition_drift_check_v1() raised: out of order"

create or replace function public.watchtower_partition_drift_check_v1() returns jsonb
language plpgsql security definer set search_path = ''
as 'begin raise exception ''out of order''; end';
