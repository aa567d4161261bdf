-- What did the last verification keep?
-- Columns: details (jsonb)
-- Rows   : one, or none where there was no verification
select w.details
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower'
order by w.created_at desc
limit 1;
