-- What was said last, to whoever gets the alerts?
-- Columns: id, kind, since, checks, created_at
-- Rows   : one, or none
-- By hand: psql -f sql/alerts/last.sql
select
    w.id,
    w.details ->> 'kind' as kind,
    w.details ->> 'since' as since,
    w.details -> 'checks' as checks,
    w.created_at
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower_alert'
order by w.created_at desc
limit 1
