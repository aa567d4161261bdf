-- Three rows of the parent to try a guard with: one of this month, or the latest there is, one of the
-- month before, or the next that has any, and an old one of the last two years, since a guard may look
-- no further back. Read through the table, month by month, so that one partition answers each. (Where
-- its partitions span other periods: of these.)
-- Names  : parent_schema, parent, parent_id, parent_key; key_text (s.key as text), own_text (that of a row
--          o), step (one period), low, high (the keys of day.low and day.high)
-- Params : month date
-- Columns: id, month, months (in every month that the id is found), all as text
-- Rows   : up to three; none where there is no such row, or none is visible
select
    s.id::text as id,
    (:key_text) as month,
    array(
        select (:own_text)
        from :"parent_schema".:"parent" as o
        where o.:"parent_id" = s.id
        order by 1
    ) as months
from (
    (
        select found.id, found.key
        from pg_catalog.generate_series(0, 24) as back
        cross join lateral (
            select
                (:'month'::date - back * (:step))::date as low,
                (:'month'::date - (back - 1) * (:step))::date as high
        ) as day
        cross join lateral (
            select p.:"parent_id" as id, p.:"parent_key" as key
            from :"parent_schema".:"parent" as p
            where p.:"parent_key" >= (:low) and p.:"parent_key" < (:high)
            limit 1
        ) as found
        limit 2
    )
    union
    (
        -- A month without a partition has all of DEFAULT read: so not every month is asked for.
        select found.id, found.key
        from pg_catalog.unnest(array[24, 18, 12, 9, 6, 4, 3, 2]) as back
        cross join lateral (
            select
                (:'month'::date - back * (:step))::date as low,
                (:'month'::date - (back - 1) * (:step))::date as high
        ) as day
        cross join lateral (
            select p.:"parent_id" as id, p.:"parent_key" as key
            from :"parent_schema".:"parent" as p
            where p.:"parent_key" >= (:low) and p.:"parent_key" < (:high)
            limit 1
        ) as found
        limit 1
    )
) as s
order by s.key desc
