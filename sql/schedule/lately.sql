-- Has any copy verified lately because something had changed?
-- Params : seconds float8
-- Columns: done
select exists (
    select
    from public.watchtower_checks as w
    where w.check_name = 'partition_watchtower' and w.details ->> 'face' = 'change'
        and w.created_at > pg_catalog.now() - :'seconds'::float8 * interval '1 second'
        and w.created_at <= pg_catalog.now()
) as done
