-- Variant: the drift RPC answers in the first shape

create or replace function public.watchtower_partition_drift_check_v1() returns jsonb
language sql security definer set search_path = ''
as $$
    select pg_catalog.jsonb_build_object(
        'ok', true, 'triggers_ok', true, 'events_partition_ok', true,
        'checked_at', pg_catalog.now())
$$;
