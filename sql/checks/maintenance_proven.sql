-- How did a function stand in the last verification before that moment, and which months were there then?
-- Params : mark text (its name), until timestamptz
-- Columns: at, mark (null where the row kept none), ahead (jsonb: table to how many months after that one
--          had a partition, without a gap; null where the row kept none)
-- Rows   : one, or none where there was no verification
-- By hand: psql -v mark='function public.create_next_month_partitions()' -v until=now -f sql/checks/maintenance_proven.sql
select
    w.created_at::timestamptz as at,
    w.details -> 'marks' ->> :'mark' as mark,
    w.details -> 'figures' -> 'ahead' as ahead
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower' and w.created_at <= :'until'::timestamptz
order by w.created_at desc, w.id desc
limit 1
