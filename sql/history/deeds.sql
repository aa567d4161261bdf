-- What did people do in this time: notes, acceptances, repairs, drills?
-- Params : names text[], since timestamptz, until timestamptz, most int
-- Columns: id, check_name, ok, details, created_at
-- Rows   : one a deed, newest first, so many at most, none dated in the future
-- By hand: psql -v names='{partition_watchtower_note}' -v "since=now() - interval '7 days'" -v until=infinity
--               -v most=100 -f sql/history/deeds.sql
select w.id, w.check_name, w.ok, w.details, w.created_at::timestamptz as created_at
from public.watchtower_checks as w
where w.check_name = any (:'names'::text[])
    and w.created_at > :'since'
    and w.created_at <= least(:'until', pg_catalog.now() + interval '1 minute')
order by w.created_at desc, w.id desc
limit :'most'
