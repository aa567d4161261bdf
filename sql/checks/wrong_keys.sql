-- Recent rows whose month key is not the first day of the month, UTC, of their clock; by UTC day.
-- Exact, and through the table: a drifted row may sit in any partition.
-- Names  : schema, table, key, clock
-- Params : since timestamptz
-- Columns: day, rows, nulls, wrong, first_seen, last_seen, keys
-- Rows   : one per day that has rows
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at
--               -v since=2026-11-15 -f sql/checks/wrong_keys.sql
select
    day,
    count(*) as rows,
    count(*) filter (where key is null) as nulls,
    count(*) filter (where key <> month) as wrong,
    min(clock) filter (where key <> month)::timestamptz as first_seen,
    max(clock) filter (where key <> month)::timestamptz as last_seen,
    (array_agg(distinct key) filter (where key <> month))::date[] as keys
from (
    select
        t.:"key" as key,
        t.:"clock" as clock,
        (t.:"clock" at time zone 'UTC')::date as day,
        pg_catalog.date_trunc('month', t.:"clock" at time zone 'UTC')::date as month
    from :"schema".:"table" as t
    where t.:"clock" >= :'since'::timestamptz
) as recent
group by day
order by day
