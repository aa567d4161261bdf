-- Of the recent rows that do not find theirs by (id, month key): does the id exist in another month,
-- or nowhere? At most 5,000 are examined, since each looks into every partition. All their ids are
-- sought at once (`= any`): one index scan a partition, where a look-up for each row would be a
-- thousand times as many.
-- Where a row may outlive the one it names, those of which it is nowhere are left out.
-- Names  : as orphan_rows; held (the day that `key` names)
-- Params : since timestamptz, outlives boolean
-- Columns: day, elsewhere (is theirs in another month? else it is nowhere), rows, first_seen,
--          last_seen, keys, samples (up to five ids)
-- Rows   : one per day and cause that has such rows
-- By hand: as orphan_rows, and -v held=key
with lost as materialized (
    select m.*
    from (
        select e.:"clock" as clock, e.:"key" as key, e.:"reference" as reference, e.:"id" as id
        from :"schema".:"table" as e
        where e.:"clock" >= :'since'::timestamptz
            and e.:"key" is not null
            and e.:"owed" is not null
            and not exists (
                select from :"parent_schema".:"parent" as s
                where s.:"parent_id" = e.:"reference" and s.:"parent_key" = e.:"key"
            )
        offset 0
    ) as m
    where not :'outlives'::boolean or (
        select true from :"parent_schema".:"parent" as s
        where s.:"parent_id" = m.reference
        limit 1
    )
    limit 5000
),
elsewhere as materialized (
    select distinct s.:"parent_id" as id
    from :"parent_schema".:"parent" as s
    where s.:"parent_id" = any (array(select distinct reference from lost))
)
select
    (lost.clock at time zone 'UTC')::date as day,
    elsewhere.id is not null as elsewhere,
    count(*) as rows,
    min(lost.clock)::timestamptz as first_seen,
    max(lost.clock)::timestamptz as last_seen,
    array_agg(distinct (:held)) as keys,
    (array_agg(lost.id::text))[1:5] as samples
from lost
left join elsewhere on elsewhere.id = lost.reference
group by 1, 2
order by 1, 2
