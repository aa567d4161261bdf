-- Drill  : the RPC that says whether the guards are there raises
-- Data   : nothing changes; who asks it gets an error
-- Sees   : rpc_answers critical "public.verify_partition_triggers_exist() raised: out of order"

create or replace function public.verify_partition_triggers_exist() returns boolean
language plpgsql stable security definer set search_path = ''
as 'begin raise exception ''out of order''; end';
