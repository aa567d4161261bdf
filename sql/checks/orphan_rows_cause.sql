-- Of the recent rows that do not find theirs by (id, month key): does the id exist in another month,
-- or nowhere? At most 5,000 are examined, since each looks into every partition. All their ids are
-- sought at once (`= any`): one index scan a partition, where a look-up for each row would be a
-- thousand times as many.
-- Where a row may outlive the one it names, those of which it is nowhere are left out.
-- Names  : as orphan_rows
-- Params : since timestamptz, outlives boolean
-- Columns: day, examined, wrong_month, orphans, keys, orphan_keys (the months that those of
--          another month and those of no session carry), first_wrong, last_wrong, first_orphan,
--          last_orphan, wrong_samples, orphan_samples (up to five ids of each)
-- Rows   : one per day that has such rows
-- By hand: as orphan_rows
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
    count(*) as examined,
    count(elsewhere.id) as wrong_month,
    count(*) filter (where elsewhere.id is null) as orphans,
    (array_agg(distinct lost.key) filter (where elsewhere.id is not null))::date[] as keys,
    (array_agg(distinct lost.key) filter (where elsewhere.id is null))::date[] as orphan_keys,
    min(lost.clock) filter (where elsewhere.id is not null)::timestamptz as first_wrong,
    max(lost.clock) filter (where elsewhere.id is not null)::timestamptz as last_wrong,
    min(lost.clock) filter (where elsewhere.id is null)::timestamptz as first_orphan,
    max(lost.clock) filter (where elsewhere.id is null)::timestamptz as last_orphan,
    (array_agg(lost.id::text) filter (where elsewhere.id is not null))[1:5] as wrong_samples,
    (array_agg(lost.id::text) filter (where elsewhere.id is null))[1:5] as orphan_samples
from lost
left join elsewhere on elsewhere.id = lost.reference
group by 1
order by 1
