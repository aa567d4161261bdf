-- Ids that stand in more than one month. The primary key is the pair, so it allows that; whatever
-- joins by the id alone then counts double.
-- Of at most 200,000 recent rows exactly; the newest 25 ids of them against all of history. Each of
-- those costs a look into every partition, at a place of its index that nobody else has in memory.
-- Names  : schema, table, key, clock, id
-- Params : since timestamptz
-- Columns: rows (recent ones looked at), compared (ids, with history), ids, samples (up to five),
--          first_seen, last_seen
-- Rows   : one
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at -v id=id
--               -v since=2026-11-15 -f sql/checks/duplicate_ids.sql
with recent as materialized (
    select t.id, count(*) as rows, min(t.key) as low, max(t.key) as high, max(t.clock) as clock
    from (
        select t.:"id" as id, t.:"key" as key, t.:"clock" as clock
        from :"schema".:"table" as t
        where t.:"clock" >= :'since'::timestamptz
        limit 200000
    ) as t
    group by t.id
),
newest as materialized (
    select r.id, r.low, r.clock from recent as r order by r.clock desc limit 25
),
found as (
    select r.id, r.clock from recent as r where r.low <> r.high
    union all
    select n.id, n.clock
    from newest as n
    join :"schema".:"table" as o on o.:"id" = n.id and o.:"key" <> n.low
    -- Said twice: as an array they are looked up by the index, a partition at a time.
    where o.:"id" = any (array(select n.id from newest as n))
)
select
    (select coalesce(sum(r.rows), 0)::bigint from recent as r) as rows,
    (select count(*) from newest) as compared,
    count(distinct f.id) as ids,
    (array_agg(distinct f.id::text))[1:5] as samples,
    min(f.clock)::timestamptz as first_seen,
    max(f.clock)::timestamptz as last_seen
from found as f
