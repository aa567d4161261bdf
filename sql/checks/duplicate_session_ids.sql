-- Ids that stand in more than one month. The primary key is the pair, so it allows that; whatever
-- joins by the id alone then counts double.
-- Of at most 200,000 recent rows exactly; the newest 100 of them against all of history.
-- Names  : schema, table, key, clock, id
-- Params : since timestamptz
-- Columns: rows (recent ones looked at), ids, samples (up to five), first_seen, last_seen
-- Rows   : one
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at -v id=id
--               -v since=2026-11-15 -f sql/checks/duplicate_session_ids.sql
with recent as materialized (
    select t.:"id" as id, t.:"key" as key, t.:"clock" as clock
    from :"schema".:"table" as t
    where t.:"clock" >= :'since'::timestamptz
    limit 200000
),
newest as materialized (
    select r.id, r.key, r.clock from recent as r order by r.clock desc limit 100
),
found as (
    select r.id, max(r.clock) as clock
    from recent as r
    group by r.id
    having min(r.key) <> max(r.key)
    union all
    select n.id, n.clock
    from newest as n
    cross join lateral (
        select
        from :"schema".:"table" as o
        where o.:"id" = n.id and o.:"key" <> n.key
        limit 1
    ) as elsewhere
)
select
    (select count(*) from recent) as rows,
    count(distinct f.id) as ids,
    (array_agg(distinct f.id::text))[1:5] as samples,
    min(f.clock) as first_seen,
    max(f.clock) as last_seen
from found as f
