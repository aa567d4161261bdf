-- How did each definition stand in these runs? A mark each; another mark, another text.
-- Params : ids (of the type that the column has)
-- Columns: id, marks (jsonb: name of the definition to its mark; null where the run kept none)
-- Rows   : one a run that is there, by id
-- By hand: psql -v ids='{00000000-0000-0000-0000-000000000000}' -f sql/history/marks.sql
select w.id, w.details -> 'marks' as marks
from public.watchtower_checks as w
where w.id = any (:'ids')
order by w.id
