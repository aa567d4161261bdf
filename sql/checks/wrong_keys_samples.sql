-- Up to five ids of recent rows whose key is not the one of their clock.
-- Asked only where some were counted.
-- Names  : schema, table, key, clock, id; right (as wrong_keys)
-- Params : since timestamptz
-- Columns: id
-- Rows   : up to five
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at -v id=id
--               -v since=2026-11-15 -f sql/checks/wrong_keys_samples.sql
select t.:"id"::text as id
from :"schema".:"table" as t
where t.:"clock" >= :'since'::timestamptz
    and t.:"key" <> (:right)
limit 5
