-- Older rows that do not find theirs by (id, month key), though they sit in the partition that holds
-- their clock. Every row of the named partitions is looked up; those out of their partition's month
-- are orphan_rows_history's to count.
-- The partitions lie side by side, so that the one range of keys prunes to them alone, on both sides.
-- Names  : as orphan_rows; leaf_low, leaf_high, low_begins, high_begins (as wrong_keys_older)
-- Params : lows date[], highs date[] (parallel: the partitions' bounds), low, high (the keys of all
--          of them together), start, since timestamptz (rows from the one to before the other), most
--          int (so many are counted at most), outlives boolean (then not where it is nowhere)
-- Columns: low, high, rows, first_seen, last_seen, samples (up to five ids)
-- Rows   : one per partition that holds such rows
-- By hand: as orphan_rows and wrong_keys_older, and -v lows='{2026-10-01}' -v highs='{2026-11-01}'
--               -v low=2026-10-01 -v high=2026-11-01 -v start=-infinity -v most=100000
--               -v outlives=false
select
    lost.low,
    lost.high,
    count(*) as rows,
    min(lost.clock)::timestamptz as first_seen,
    max(lost.clock)::timestamptz as last_seen,
    (array_agg(lost.id::text))[1:5] as samples
from (
    select leaf.low, leaf.high, found.clock, found.id
    from (
        select e.:"key" as key, e.:"clock" as clock, e.:"id" as id, e.:"reference" as reference
        from :"schema".:"table" as e
        where e.:"key" >= :'low' and e.:"key" < :'high'
            and e.:"clock" >= :'start'::timestamptz and e.:"clock" < :'since'::timestamptz
            and e.:"owed" is not null
            and not exists (
                select from :"parent_schema".:"parent" as s
                where s.:"parent_id" = e.:"reference"
                    and s.:"parent_key" = e.:"key"
                    and s.:"parent_key" >= :'low' and s.:"parent_key" < :'high'
            )
        offset 0  -- planned by itself: the bounds concern the few that are found
    ) as found
    join unnest(:'lows'::date[], :'highs'::date[]) as leaf (low, high)
        on found.key >= (:leaf_low) and found.key < (:leaf_high)
        and found.clock >= (:low_begins) and found.clock < (:high_begins)
    where not :'outlives'::boolean or (
        select true from :"parent_schema".:"parent" as s
        where s.:"parent_id" = found.reference
        limit 1
    )
    limit :'most'
) as lost
group by lost.low, lost.high
order by lost.low
