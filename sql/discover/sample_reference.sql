-- Of some rows that refer to another: do they repeat its key, and of which period may that be?
-- Reads at most `most` rows, whichever come first, and looks each one's row up by id and key.
-- Params : schema, table, key, reference, parent_schema, parent, parent_id, parent_key (identifiers), most int
-- Columns: hits (rows that repeat the key of the row that they name), total (rows that were read), period (the
--          longest of year, quarter, month, week and day that each of their keys begins, where they are dates)
-- By hand: psql -v schema=public -v table=events -v key=session_month -v reference=session_id
--               -v parent_schema=public -v parent=sessions -v parent_id=id -v parent_key=created_month
--               -v most=200 -f sql/discover/sample_reference.sql
with sample as materialized (
    select t.:"key" as key, t.:"reference" as reference
    from :"schema".:"table" as t
    where t.:"key" is not null and t.:"reference" is not null
    limit :'most'::int
),
dates as (
    select s.key::text::date as day
    from sample as s
    where s.key::text like '____-__-__'
)
select
    count(*) filter (
        where exists (
            select
            from :"parent_schema".:"parent" as p
            where p.:"parent_id" = s.reference and p.:"parent_key" = s.key
        )
    ) as hits,
    count(*) as total,
    (
        select p.every
        from unnest(array['year', 'quarter', 'month', 'week', 'day']) with ordinality as p (every, place)
        where exists (select from dates)
            and not exists (select from dates as d where pg_catalog.date_trunc(p.every, d.day) <> d.day)
        order by p.place
        limit 1
    ) as period
from sample as s
