-- Drill  : the routine that makes partitions is missing
-- Data   : within three months new rows land in DEFAULT
-- Sees   : maintenance warning "public.create_next_month_partitions()"
-- Also   : rpc_privileges, rpc_answers

drop function public.create_next_month_partitions();
