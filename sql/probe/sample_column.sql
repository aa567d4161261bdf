-- One more column of sampled rows, where the guard is about it too.
-- Names  : parent_schema, parent, parent_id, parent_key, column; column_text (the key of a row p as text)
-- Params : id0, month0, id1, month1, id2, month2 (month the key as text; where there are fewer, one is repeated)
-- Columns: id, month, value (all text)
-- Rows   : one per row that is there
select
    p.:"parent_id"::text as id,
    (:column_text) as month,
    p.:"column"::text as value
from :"parent_schema".:"parent" as p
where p.:"parent_id" = :'id0' and p.:"parent_key" = :'month0'
    or p.:"parent_id" = :'id1' and p.:"parent_key" = :'month1'
    or p.:"parent_id" = :'id2' and p.:"parent_key" = :'month2'
