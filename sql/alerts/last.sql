-- What was said last, to whoever gets the alerts?
-- What is dated in the future, by a clock that ran ahead, was said a minute ago: else nobody would be told
-- anything until then.
-- Columns: id, kind, since, checks, created_at
-- Rows   : one, or none
-- By hand: psql -f sql/alerts/last.sql
select
    w.id,
    w.details ->> 'kind' as kind,
    w.details ->> 'since' as since,
    w.details -> 'checks' as checks,
    case
        when w.created_at <= pg_catalog.clock_timestamp() + interval '1 minute' then w.created_at
        else pg_catalog.clock_timestamp() - interval '1 minute'
    end as created_at
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower_alert'
    and w.created_at <= pg_catalog.clock_timestamp() + interval '1 year'
order by w.created_at desc
limit 1
