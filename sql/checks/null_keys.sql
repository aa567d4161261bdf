-- Rows whose month key is null, by UTC day. `is null` prunes to DEFAULT, and folds away where the
-- column is NOT NULL. At most 100,000 recent and 100,000 older rows are counted: recent ones are seen
-- however many older ones there are.
-- Names  : schema, table, key, clock, id, owed (a row owes a key where this column is set)
-- Params : since timestamptz (where "recent" begins)
-- Columns: day, rows, recent_rows, first_seen, last_seen, samples (up to five ids), capped (more there
--          are)
-- Rows   : one per day; none when no key is null
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at
--               -v id=id -v owed=id -v since=2026-11-15 -f sql/checks/null_keys.sql
select
    (clock at time zone 'UTC')::date as day,
    count(*) as rows,
    count(*) filter (where recent) as recent_rows,
    min(clock)::timestamptz as first_seen,
    max(clock)::timestamptz as last_seen,
    (array_agg(id::text))[1:5] as samples,
    bool_or(capped) as capped
from (
    select *, count(*) over (partition by recent) >= 100000 as capped
    from (
        (
            select t.:"clock" as clock, t.:"id" as id, true as recent
            from :"schema".:"table" as t
            where t.:"key" is null and t.:"owed" is not null and t.:"clock" >= :'since'::timestamptz
            limit 100000
        )
        union all
        (
            select t.:"clock", t.:"id", false
            from :"schema".:"table" as t
            where t.:"key" is null
                and t.:"owed" is not null
                and (t.:"clock" >= :'since'::timestamptz) is not true
            limit 100000
        )
    ) as counted
) as nulls
group by 1
order by 1
