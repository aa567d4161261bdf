-- Drill  : an overload with a default makes the call of the RPC ambiguous
-- Data   : nothing changes; who asks it gets an error
-- Sees   : rpc_answers critical "has several forms"
-- Also   : rpc_privileges

create or replace function public.verify_partition_triggers_exist(strict boolean default true)
returns boolean language sql as 'select true';
