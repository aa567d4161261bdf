-- Keep that something is said now, unless another copy says it. Each is dated after the one before it.
-- Params : id uuid (made of what was said before), ok boolean, details jsonb
-- Columns: created_at; no row where there is one already
insert into public.watchtower_checks (id, check_name, ok, details, created_at)
values (
    :'id'::uuid, 'partition_watchtower_alert', :'ok', :'details'::jsonb,
    greatest(
        pg_catalog.clock_timestamp(),  -- the transaction may have begun before the last one was said
        (
            select pg_catalog.max(w.created_at) + interval '1 microsecond'
            from public.watchtower_checks as w
            where w.check_name = 'partition_watchtower_alert'
                and w.created_at <= pg_catalog.clock_timestamp() + interval '1 year'
        )
    )
)
on conflict (id) do nothing
returning created_at::timestamptz as created_at
