-- Rows that sit in the DEFAULT partition, by the month of their key and of their clock.
-- Read through the table, so that its grant and policy suffice; each gap between the bounds
-- prunes to DEFAULT, and so does a null key. At most 100,000 recent and 100,000 older rows a gap are
-- counted: recent ones are seen however many older ones there are.
-- Names  : schema, table, key, clock; key_period, clock_period (the first day of that of `key` and of
--          `clock`), gap_low, gap_high (the keys of these days), infinite (is the key of a row t so?)
-- Params : lows date[], highs date[] (parallel: the gaps between the partitions' bounds; the last,
--          up to infinity, holds the key infinity too), since timestamptz (where "recent" begins)
-- Columns: key_month, clock_month, rows, recent_rows, first_seen, last_seen, capped (more there are)
-- Rows   : one per pair of months; none when DEFAULT is empty
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at
--               -v key_period="date_trunc('month', key::timestamp)::date" -v gap_low=gap.low
--               -v clock_period="date_trunc('month', clock at time zone 'UTC')::date"
--               -v gap_high=gap.high -v infinite="t.created_month = 'infinity'"
--               -v lows='{-infinity,2027-03-01}' -v highs='{2025-10-01,infinity}'
--               -v since=2026-11-15 -f sql/checks/default_partition_rows.sql
with strays as (
    (
        select t.:"key" as key, t.:"clock" as clock, true as recent, null::date as low
        from :"schema".:"table" as t
        where t.:"key" is null and t.:"clock" >= :'since'::timestamptz
        limit 100000
    )
    union all
    (
        select t.:"key", t.:"clock", false, null
        from :"schema".:"table" as t
        where t.:"key" is null and (t.:"clock" >= :'since'::timestamptz) is not true
        limit 100000
    )
    union all
    select found.key, found.clock, found.recent, gap.low
    from unnest(:'lows'::date[], :'highs'::date[]) as gap (low, high)
    cross join lateral (
        (
            select t.:"key" as key, t.:"clock" as clock, true as recent
            from :"schema".:"table" as t
            where t.:"key" >= (:gap_low) and t.:"key" < (:gap_high)
                and t.:"clock" >= :'since'::timestamptz
            limit 100000
        )
        union all
        (
            select t.:"key", t.:"clock", false
            from :"schema".:"table" as t
            where t.:"key" >= (:gap_low) and t.:"key" < (:gap_high)
                and (t.:"clock" >= :'since'::timestamptz) is not true
            limit 100000
        )
    ) as found
    union all
    (
        select t.:"key", t.:"clock", t.:"clock" >= :'since'::timestamptz, 'infinity'
        from :"schema".:"table" as t
        where (:infinite) and 'infinity' = any (:'highs'::date[])
        limit 100000
    )
),
counted as (
    select key, clock, recent, count(*) over (partition by low, recent) >= 100000 as capped
    from strays
)
select
    (:key_period) as key_month,
    (:clock_period) as clock_month,
    count(*) as rows,
    count(*) filter (where recent) as recent_rows,
    min(clock)::timestamptz as first_seen,
    max(clock)::timestamptz as last_seen,
    bool_or(capped) as capped
from counted
group by 1, 2
order by 1 nulls first, 2
