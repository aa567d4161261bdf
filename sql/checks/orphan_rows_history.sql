-- Older rows out of their partition's month that do not find theirs by (id, month key).
-- The cheap form for all of history: candidates come by the index on the clock, each is then
-- looked up exactly. At most 1,000 rows a partition and side are counted. An older row of the right
-- month whose session was deleted is not seen here, nor any such row that may outlive its session.
-- The look-up is a scalar subquery: as `not exists` it would be planned as a join, in which the
-- partitions are not pruned for each leaf. The bounds have the form `= low or between`, and the clock
-- has two, so that the planner counts on the index on the clock and none on the key.
-- Names  : as orphan_rows; leaf_low, leaf_high, low_begins, high_begins (as wrong_keys_older)
-- Params : lows date[], highs date[] (parallel: the partitions' bounds), since timestamptz,
--          outlives boolean
-- Columns: low, high, rows, first_seen, last_seen, samples (up to five ids)
-- Rows   : one per partition that holds such rows
-- By hand: as orphan_rows and wrong_keys_older, and -v lows='{2026-10-01}' -v highs='{2026-11-01}'
--               -v outlives=false
select
    leaf.low,
    leaf.high,
    count(*) as rows,
    min(found.clock)::timestamptz as first_seen,
    max(found.clock)::timestamptz as last_seen,
    (array_agg(found.id::text))[1:5] as samples
from unnest(:'lows'::date[], :'highs'::date[]) as leaf (low, high)
cross join lateral (values
    ('-infinity', least((:low_begins), :'since'::timestamptz)),
    ((:high_begins), :'since'::timestamptz)
) as side (first, last)
cross join lateral (
    select e.:"clock" as clock, e.:"id" as id
    from :"schema".:"table" as e
    where (e.:"key" = (:leaf_low)
            or (e.:"key" > (:leaf_low) and e.:"key" < (:leaf_high)))
        and e.:"clock" >= side.first and e.:"clock" < side.last
        and (
            select true
            from :"parent_schema".:"parent" as s
            where s.:"parent_id" = e.:"reference" and s.:"parent_key" = e.:"key"
            limit 1
        ) is null
        and e.:"owed" is not null
        and (not :'outlives'::boolean or (
            select true
            from :"parent_schema".:"parent" as s
            where s.:"parent_id" = e.:"reference"
            limit 1
        ))
    limit 1000
) as found
group by leaf.low, leaf.high
order by leaf.low
