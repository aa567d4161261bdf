-- When was this table last seen with rows? By the newest verifications, each of which hands on what the one before knew.
-- One that is dated in the future is none.
-- Params : table_name text
-- Columns: at
-- Rows   : one, or none where they never saw any
-- By hand: psql -v table_name=sessions -f sql/history/filled.sql
select coalesce((d.figures -> 'filled' ->> :'table_name')::timestamptz, w.created_at) as at
from (
    select created_at, details
    from public.watchtower_checks
    where check_name = 'partition_watchtower' and created_at <= pg_catalog.now()
    order by created_at desc
    limit 300
) as w
cross join lateral (select w.details -> 'figures') as d (figures)
where d.figures -> 'filled' ->> :'table_name' is not null
    or (d.figures -> 'tables' -> :'table_name' ->> 'rows')::bigint > 0
order by w.created_at desc
limit 1
