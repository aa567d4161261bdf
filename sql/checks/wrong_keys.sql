-- Recent rows whose key is not the one of their clock; by UTC day.
-- Exact, and through the table: a drifted row may sit in any partition.
-- Names  : schema, table, key, clock; right (the key of a row t of its clock), held (the day that `key`
--          names)
-- Params : since timestamptz
-- Columns: day, rows, nulls, wrong, first_seen, last_seen, keys (as days, null where it is none)
-- Rows   : one per day that has rows
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at
--               -v right="date_trunc('month', t.created_at at time zone 'UTC')::date" -v held=key
--               -v since=2026-11-15 -f sql/checks/wrong_keys.sql
select
    day,
    count(*) as rows,
    count(*) filter (where key is null) as nulls,
    count(*) filter (where key <> own) as wrong,
    min(clock) filter (where key <> own)::timestamptz as first_seen,
    max(clock) filter (where key <> own)::timestamptz as last_seen,
    array_agg(distinct (:held)) filter (where key <> own) as keys
from (
    select
        t.:"key" as key,
        t.:"clock" as clock,
        (t.:"clock" at time zone 'UTC')::date as day,
        (:right) as own
    from :"schema".:"table" as t
    where t.:"clock" >= :'since'::timestamptz
) as recent
group by day
order by day
