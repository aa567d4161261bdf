-- What did the runs of this time find, check by check? The RPC's own rows too, by its one answer.
-- Params : since timestamptz, until timestamptz, most int
-- Columns: id, check_name, ok, status, who, face, duration_ms, names (of the checks), words (their statuses), reach, figures,
--          definitions, migrations, noticed (what refreshes saw turn before it), worst (the headline of the first finding of the worst status, or its detail), created_at
-- Rows   : one a run, newest first, so many at most, none dated in the future; what a row does not have is null
-- By hand: psql -v "since=now() - interval '7 days'" -v until=infinity -v most=100 -f sql/history/runs.sql
select
    w.id,
    w.check_name,
    w.ok,
    d.status,
    pg_catalog.left(d.who, 200) as who,
    pg_catalog.left(d.face, 200) as face,
    d.duration_ms,
    -- Another software's row may name thousands: a page draws a line for each.
    pg_catalog.jsonb_path_query_array(d.checks, 'lax $[0 to 99].check') as names,
    pg_catalog.jsonb_path_query_array(d.checks, 'lax $[0 to 99].status') as words,
    d.reach,
    d.figures,
    d.definitions,
    d.migrations::text as migrations,
    d.noticed,
    case
        when d.status in ('critical', 'unknown') then (
            select pg_catalog.left(coalesce(f.found ->> 'headline', f.found ->> 'detail'), 300)
            from pg_catalog.jsonb_path_query_first(
                d.checks,
                'lax $[*] ? (@.status == $status).findings[*] ? (@.status == $status)',
                pg_catalog.jsonb_build_object('status', d.status)
            ) as f (found)
        )
    end as worst,
    w.created_at::timestamptz as created_at
from (
    select id, check_name, ok, details, created_at
    from public.watchtower_checks
    where check_name in ('partition_watchtower', 'partition_drift_v1')
        and created_at > :'since'
        and created_at <= least(:'until', pg_catalog.now() + interval '1 minute')
    order by created_at desc, id desc
    limit :'most'
) as w
-- Each `details ->` would fetch and unpack the whole of it again: this does it once.
left join lateral pg_catalog.jsonb_to_record(
    case when pg_catalog.jsonb_typeof(w.details) = 'object' then w.details end
) as d (
    status text, who text, face text, duration_ms text, checks jsonb, reach jsonb, figures jsonb,
    definitions text, migrations jsonb, noticed jsonb
) on true
order by w.created_at desc, w.id desc
