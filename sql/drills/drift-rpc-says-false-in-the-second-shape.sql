-- Drill  : the drift RPC of the second shape says false of a trigger
-- Data   : nothing changes; whoever reads only that the call returned believes it
-- Sees   : rpc_answers critical "trigger_events_set_session_month_from_session false"

create or replace function public.watchtower_partition_drift_check_v1() returns jsonb
language sql security definer set search_path = ''
as $$
    select '{"ok": false, "trigger_sessions_set_created_month": true,
        "trigger_events_set_session_month_from_session": false}'::jsonb
$$;

-- Repair
-- sql/setup/40_rpcs.sql
