-- Rows that sit in the DEFAULT partition, by the month of their key and of their clock.
-- Read through the table, so that its grant and policy suffice; each gap between the bounds
-- prunes to DEFAULT, and so does a null key. At most 100,000 recent and 100,000 older rows a gap are
-- counted: recent ones are seen however many older ones there are.
-- Names  : schema, table, key, clock
-- Params : lows date[], highs date[] (parallel: the gaps between the partitions' bounds; the last,
--          up to infinity, holds the key infinity too), since timestamptz (where "recent" begins)
-- Columns: key_month, clock_month, rows, recent_rows, first_seen, last_seen, capped (more there are)
-- Rows   : one per pair of months; none when DEFAULT is empty
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at
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
            where t.:"key" >= gap.low and t.:"key" < gap.high
                and t.:"clock" >= :'since'::timestamptz
            limit 100000
        )
        union all
        (
            select t.:"key", t.:"clock", false
            from :"schema".:"table" as t
            where t.:"key" >= gap.low and t.:"key" < gap.high
                and (t.:"clock" >= :'since'::timestamptz) is not true
            limit 100000
        )
    ) as found
    union all
    (
        select t.:"key", t.:"clock", t.:"clock" >= :'since'::timestamptz, 'infinity'
        from :"schema".:"table" as t
        where t.:"key" = 'infinity' and 'infinity' = any (:'highs'::date[])
        limit 100000
    )
),
counted as (
    select key, clock, recent, count(*) over (partition by low, recent) >= 100000 as capped
    from strays
)
select
    pg_catalog.date_trunc('month', key::timestamp)::date as key_month,
    pg_catalog.date_trunc('month', clock at time zone 'UTC')::date as clock_month,
    count(*) as rows,
    count(*) filter (where recent) as recent_rows,
    min(clock)::timestamptz as first_seen,
    max(clock)::timestamptz as last_seen,
    bool_or(capped) as capped
from counted
group by 1, 2
order by 1 nulls first, 2
