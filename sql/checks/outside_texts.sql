-- Which texts that are not understood did earlier verifications let pass, and since when?
-- Goes by the newest rows of verifications; one that is dated in the future is none. A row without `outside` is of a
-- version that took every text at its tries.
-- Params : most int (rows to read)
-- Columns: since (by the digest of a text the moment since when it is known; null where no row has `outside`),
--          proven (the digests of what came out right in the newest row), calm (the checks that were ok or a warning in it)
-- Rows   : one, or none where there is no verification
-- By hand: psql -v most=20 -f sql/checks/outside_texts.sql
with newest as (
    select
        case when pg_catalog.jsonb_typeof(w.details -> 'outside') = 'object' then w.details -> 'outside' end as outside,
        w.details
    from public.watchtower_checks as w
    where w.check_name = 'partition_watchtower' and w.created_at <= pg_catalog.now()
    order by w.created_at desc, w.id desc
    limit :'most'
)
select
    case when exists (select from newest as n where n.outside is not null) then coalesce(
        (
            -- The earliest moment stays.
            select pg_catalog.jsonb_object_agg(e.key, e.value order by e.value desc)
            from newest as n cross join pg_catalog.jsonb_each_text(n.outside) as e
        ),
        '{}'
    ) end as since,
    pg_catalog.jsonb_path_query_array(w.details, 'lax $.proven[*] ? (@.behaves == true).definition') as proven,
    pg_catalog.jsonb_path_query_array(
        w.details, 'lax $.checks[*] ? (@.status == "ok" || @.status == "warning").check'
    ) as calm
from (select n.details from newest as n limit 1) as w
