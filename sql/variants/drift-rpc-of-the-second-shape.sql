-- Variant: the drift RPC answers in the second shape

create or replace function public.watchtower_partition_drift_check_v1() returns jsonb
language sql security definer set search_path = ''
as $$
    select pg_catalog.jsonb_build_object(
        'ok', true, 'trigger_sessions_set_created_month', true,
        'trigger_events_set_session_month_from_session', true, 'checked_at', pg_catalog.now())
$$;
