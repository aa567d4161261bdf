-- Which sign-ins were ended in this time, in whichever copy? A keyed digest each.
-- Params : seconds int, most int
-- Columns: mark
-- Rows   : one a sign-out, newest first, so many at most
-- By hand: psql -v seconds=43200 -v most=100 -f sql/history/signed_out.sql
select pg_catalog.left(w.details ->> 'mark', 64) as mark
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower_signed_out'
    and w.created_at > pg_catalog.now() - :'seconds'::int * interval '1 second'
    and w.details ->> 'mark' is not null
order by w.created_at desc, w.id desc
limit :'most'
