-- Has any copy verified since this verification, or lately because something had changed?
-- Params : known (its row, or null where it has none), since timestamptz (when it was), seconds float8
-- Columns: done
-- Rows   : one
-- By hand: psql -v known=00000000-0000-0000-0000-000000000000 -v since=now -v seconds=60 -f sql/schedule/lately.sql
select exists (
    select
    from public.watchtower_checks as w
    where w.check_name = 'partition_watchtower' and w.created_at <= pg_catalog.now()
        and (
            w.created_at > coalesce(
                (select k.created_at from public.watchtower_checks as k where k.id = :'known'),
                :'since'::timestamptz
            )
            or (
                w.details ->> 'face' = 'change'
                and w.created_at > pg_catalog.now() - :'seconds'::float8 * interval '1 second'
            )
        )
        and w.created_at > least(
            :'since'::timestamptz, pg_catalog.now() - :'seconds'::float8 * interval '1 second'
        )
) as done
