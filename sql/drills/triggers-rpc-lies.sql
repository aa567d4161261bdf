-- Drill  : the RPC says true while a guard is off
-- Data   : new events keep whatever month the writer sends, and CI reads ok
-- Sees   : rpc_answers critical "answers true although a guard's trigger is not in order"
-- Sees   : guard_triggers critical "events_set_session_month_from_session is disabled on"

alter table public.events disable trigger events_set_session_month_from_session;
create or replace function public.verify_partition_triggers_exist() returns boolean
language sql stable security definer set search_path = ''
as 'select true';
