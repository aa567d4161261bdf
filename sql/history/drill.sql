-- Which fire drill was begun or repaired last in the embedded demo, by whom and when?
-- Columns: name, by, repaired, created_at
-- Rows   : one, or none
select
    w.details ->> 'drill' as name,
    w.details ->> 'by' as by,
    w.ok as repaired,
    w.created_at::timestamptz as created_at
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower_drill'
order by w.created_at desc
limit 1
