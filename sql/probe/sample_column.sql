-- One more column of sampled rows, where the guard is about it too.
-- Names  : parent_schema, parent, parent_id, parent_key, column
-- Params : id0, month0, id1, month1, id2, month2 (month date; where there are fewer, one is repeated)
-- Columns: id, month, value (all text)
-- Rows   : one per row that is there
select
    p.:"parent_id"::text as id,
    pg_catalog.to_char(p.:"parent_key", 'YYYY-MM-DD') as month,
    p.:"column"::text as value
from :"parent_schema".:"parent" as p
where p.:"parent_id" = :'id0' and p.:"parent_key" = :'month0'::date
    or p.:"parent_id" = :'id1' and p.:"parent_key" = :'month1'::date
    or p.:"parent_id" = :'id2' and p.:"parent_key" = :'month2'::date
