-- Drill  : the RPC answers null
-- Data   : nothing changes; whoever tests for false reads ok
-- Sees   : rpc_answers critical "public.verify_partition_triggers_exist() answers null"

create or replace function public.verify_partition_triggers_exist() returns boolean
language sql stable security definer set search_path = ''
as 'select null::boolean';

-- Repair
-- sql/setup/40_rpcs.sql
