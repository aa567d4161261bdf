-- Keep that something is said now, unless another copy says it.
-- Params : id uuid (made of what was said before), ok boolean, details jsonb
-- Columns: created_at; no row where there is one already
insert into public.watchtower_checks (id, check_name, ok, details, created_at)
values (
    :'id'::uuid, 'partition_watchtower_alert', :'ok', :'details'::jsonb,
    pg_catalog.clock_timestamp()  -- the transaction may have begun before the last one was said
)
on conflict (id) do nothing
returning created_at
