-- Older rows whose key is wrong within their own partition: it holds their clock, but the key is not
-- the one of that clock. Every row of the named partitions is read; rows that sit in another month's
-- partition are wrong_keys_history's to count.
-- The partitions lie side by side, so that the one range of keys prunes to them alone.
-- Names  : schema, table, key, clock, id; right, held (as wrong_keys), leaf_low, leaf_high (the keys
--          of leaf.low and leaf.high), low_begins, high_begins (when these days begin)
-- Params : lows date[], highs date[] (parallel: the partitions' bounds), low, high (the keys of all of
--          them together), start, since timestamptz (rows from the one to before the other), most
--          int (so many are counted at most)
-- Columns: low, high, rows, first_seen, last_seen, keys, samples (up to five ids)
-- Rows   : one per partition that holds such rows
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at -v id=id
--               -v right="date_trunc('month', t.created_at at time zone 'UTC')::date" -v held=key
--               -v leaf_low=leaf.low -v leaf_high=leaf.high
--               -v low_begins="leaf.low::timestamp at time zone 'UTC'"
--               -v high_begins="leaf.high::timestamp at time zone 'UTC'"
--               -v lows='{2026-10-01}' -v highs='{2026-11-01}' -v low=2026-10-01 -v high=2026-11-01
--               -v start=-infinity -v since=2026-11-15 -v most=100000 -f sql/checks/wrong_keys_older.sql
select
    wrong.low,
    wrong.high,
    count(*) as rows,
    min(wrong.clock)::timestamptz as first_seen,
    max(wrong.clock)::timestamptz as last_seen,
    array_agg(distinct wrong.held) as keys,
    (array_agg(wrong.id::text))[1:5] as samples
from (
    select leaf.low, leaf.high, (:held) as held, found.clock, found.id
    from (
        select t.:"key" as key, t.:"clock" as clock, t.:"id" as id
        from :"schema".:"table" as t
        where t.:"key" >= :'low' and t.:"key" < :'high'
            and t.:"key" <> (:right)
            and t.:"clock" >= :'start'::timestamptz and t.:"clock" < :'since'::timestamptz
        offset 0  -- planned by itself: the bounds concern the few that are found
    ) as found
    join unnest(:'lows'::date[], :'highs'::date[]) as leaf (low, high)
        on found.key >= (:leaf_low) and found.key < (:leaf_high)
        and found.clock >= (:low_begins) and found.clock < (:high_begins)
    limit :'most'
) as wrong
group by wrong.low, wrong.high
order by wrong.low
