-- What was said last, to whoever gets the alerts?
-- Columns: id, kind, since, checks, at (of the run that it was said of), created_at, now
-- Rows   : one, or none
-- By hand: psql -f sql/alerts/last.sql
select
    w.id,
    w.details ->> 'kind' as kind,
    w.details ->> 'since' as since,
    w.details -> 'checks' as checks,
    w.details ->> 'at' as at,
    w.created_at::timestamptz as created_at,
    pg_catalog.clock_timestamp() as now
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower_alert'
    and w.created_at <= pg_catalog.clock_timestamp() + interval '1 year'
order by w.created_at desc
limit 1
