-- The partitions that the monthly job would have made between two moments: it runs at 03:00 UTC on the 25th.
-- Params : since timestamptz, until timestamptz
-- Columns: problem (text, a sentence)
-- Rows   : one per month and table for which there is no partition and none could be made
-- Needs  : the owner of the tables, and sql/setup/30_partitions.sql.
select format('%s of %s: %s', problem ->> 'month', problem ->> 'table', problem ->> 'problem') as problem
from generate_series(
    date_trunc('month', :'since'::timestamptz, 'UTC'), :'until'::timestamptz, interval '1 month'
) as month
cross join lateral (select month + interval '24 days 3 hours') as run (moment)
cross join lateral jsonb_array_elements(
    public.watchtower_make_partitions(run.moment) -> 'problems'
) as problem
where run.moment > :'since'::timestamptz
  and run.moment <= :'until'::timestamptz
order by run.moment, problem ->> 'table', problem ->> 'month';
