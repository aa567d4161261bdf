-- Recent rows that do and do not find the row they refer to by (id, month key); by UTC day.
-- Exact. The pair is compared partition by partition (enable_partitionwise_join). Each row counts once,
-- even where a copy without a primary key holds its session twice: hence an anti-join. Where a row may
-- outlive the one it names, one whose own is nowhere is gone, not lost: by the id alone, row by row.
-- Names  : schema, table, key, clock, id, owed (a row owes a key where this column is set), reference
--          (column), parent_schema, parent, parent_id, parent_key
-- Params : since timestamptz, outlives boolean
-- Columns: day, rows, joined, lost, nulls, gone, first_seen, last_seen
-- Rows   : one per day that has rows
-- By hand: psql -v schema=public -v table=events -v key=session_month -v clock=created_at -v id=id
--               -v owed=id -v reference=session_id -v parent_schema=public -v parent=sessions
--               -v parent_id=id -v parent_key=created_month -v since=2026-11-15 -v outlives=false
--               -f sql/checks/orphan_rows.sql
with seen as (
    select (e.:"clock" at time zone 'UTC')::date as day, count(*) as rows
    from :"schema".:"table" as e
    where e.:"clock" >= :'since'::timestamptz and e.:"owed" is not null
    group by 1
),
lost as (
    select
        (missing.clock at time zone 'UTC')::date as day,
        count(*) filter (where not missing.gone) as lost,
        count(*) filter (where missing.key is null) as nulls,
        count(*) filter (where missing.gone) as gone,
        min(missing.clock) filter (where not missing.gone) as first_seen,
        max(missing.clock) filter (where not missing.gone) as last_seen
    from (
        select
            m.clock,
            m.key,
            :'outlives'::boolean and m.key is not null and (
                select true from :"parent_schema".:"parent" as s
                where s.:"parent_id" = m.reference
                limit 1
            ) is null as gone
        from (
            select e.:"clock" as clock, e.:"key" as key, e.:"reference" as reference
            from :"schema".:"table" as e
            where e.:"clock" >= :'since'::timestamptz
                and e.:"owed" is not null
                and not exists (
                    select from :"parent_schema".:"parent" as s
                    where s.:"parent_id" = e.:"reference" and s.:"parent_key" = e.:"key"
                )
            offset 0  -- the look-up by the id is for the few that are found
        ) as m
    ) as missing
    group by 1
)
select
    seen.day,
    seen.rows,
    seen.rows - coalesce(lost.lost + lost.gone, 0) as joined,
    coalesce(lost.lost, 0) as lost,
    coalesce(lost.nulls, 0) as nulls,
    coalesce(lost.gone, 0) as gone,
    lost.first_seen::timestamptz as first_seen,
    lost.last_seen::timestamptz as last_seen
from seen
left join lost on lost.day = seen.day
order by seen.day
