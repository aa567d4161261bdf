-- Recent rows that do and do not find the row they refer to by (id, month key); by UTC day.
-- Exact. The pair is compared partition by partition (enable_partitionwise_join). Each row counts once,
-- even where a copy without a primary key holds its session twice: hence an anti-join.
-- Names  : schema, table, key, clock, id, reference (column), parent_schema, parent, parent_id,
--          parent_key
-- Params : since timestamptz
-- Columns: day, rows, joined, null_keys, first_lost, last_lost
-- Rows   : one per day that has rows
-- By hand: psql -v schema=public -v table=events -v key=session_month -v clock=created_at -v id=id
--               -v reference=session_id -v parent_schema=public -v parent=sessions -v parent_id=id
--               -v parent_key=created_month -v since=2026-11-15
--               -f sql/checks/events_without_session.sql
with seen as (
    select (e.:"clock" at time zone 'UTC')::date as day, count(*) as rows
    from :"schema".:"table" as e
    where e.:"clock" >= :'since'::timestamptz
    group by 1
),
lost as (
    select
        (e.:"clock" at time zone 'UTC')::date as day,
        count(*) as rows,
        count(*) filter (where e.:"key" is null) as null_keys,
        min(e.:"clock") as first_lost,
        max(e.:"clock") as last_lost
    from :"schema".:"table" as e
    where e.:"clock" >= :'since'::timestamptz
        and not exists (
            select from :"parent_schema".:"parent" as s
            where s.:"parent_id" = e.:"reference" and s.:"parent_key" = e.:"key"
        )
    group by 1
)
select
    seen.day,
    seen.rows,
    seen.rows - coalesce(lost.rows, 0) as joined,
    coalesce(lost.null_keys, 0) as null_keys,
    lost.first_lost,
    lost.last_lost
from seen
left join lost on lost.day = seen.day
order by seen.day
