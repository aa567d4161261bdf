-- One more column of a sampled row, where the guard is about it too.
-- Names  : parent_schema, parent, parent_id, parent_key, column
-- Params : id, month date
-- Columns: value (text)
-- Rows   : one
select p.:"column"::text as value
from :"parent_schema".:"parent" as p
where p.:"parent_id" = :'id' and p.:"parent_key" = :'month'::date
limit 1
