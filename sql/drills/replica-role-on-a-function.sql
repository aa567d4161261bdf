-- Drill  : the function that writes events runs with session_replication_role = replica
-- Data   : no guard and no foreign key fires for whatever comes in through it
-- Sees   : guard_settings critical "public.ingest()"
-- By     : superuser

create or replace function public.ingest() returns void
language sql security definer set search_path = '' set session_replication_role = 'replica'
as 'select null';

-- Repair
alter function public.ingest() reset session_replication_role;
