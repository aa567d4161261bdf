-- Older rows that sit in a partition whose bounds do not hold their clock: the cheap form for all
-- of history. It uses the index on the clock; at most 1,000 rows a partition and side are counted.
-- A key that is wrong within its own partition is not seen here.
-- The bounds have the form `= low or between`, and the clock has two, so that the planner counts on
-- the index on the clock and on none that holds the key.
-- Names  : schema, table, key, clock, id; right, leaf_low, leaf_high, low_begins, high_begins (as
--          wrong_keys_older)
-- Params : lows date[], highs date[] (parallel: the partitions' bounds), since timestamptz
-- Columns: low, high, rows, first_seen, last_seen, samples (up to five ids)
-- Rows   : one per partition that holds such rows
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at -v id=id
--               -v right="date_trunc('month', t.created_at at time zone 'UTC')::date"
--               -v leaf_low=leaf.low -v leaf_high=leaf.high
--               -v low_begins="leaf.low::timestamp at time zone 'UTC'"
--               -v high_begins="leaf.high::timestamp at time zone 'UTC'"
--               -v lows='{2026-10-01,2026-11-01}' -v highs='{2026-11-01,2026-12-01}'
--               -v since=2026-11-15 -f sql/checks/wrong_keys_history.sql
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
    select t.:"clock" as clock, t.:"id" as id
    from :"schema".:"table" as t
    where (t.:"key" = (:leaf_low)
            or (t.:"key" > (:leaf_low) and t.:"key" < (:leaf_high)))
        and t.:"clock" >= side.first and t.:"clock" < side.last
        and t.:"key" <> (:right)  -- a week may lie in two months
    limit 1000
) as found
group by leaf.low, leaf.high
order by leaf.low
