-- How many older rows of this check has an operator accepted last, why, and who?
-- Params : check text
-- Columns: count, reason, by, created_at
-- Rows   : one, or none
-- By hand: psql -v check=wrong_month_sessions -f sql/history/accepted.sql
select
    (w.details ->> 'count')::bigint as count,
    w.details ->> 'reason' as reason,
    w.details ->> 'by' as by,
    w.created_at
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower_accepted' and w.details ->> 'check' = :'check'
order by w.created_at desc
limit 1
