-- What does the history hold of ours, and how much of it is older than this moment?
-- `row_security` tells whether policies decide what this role may see and remove.
-- Params : cut timestamptz
-- Columns: check_name, rows, older, oldest, newest, newest_ok (of the newest row), last_ok (null where
--          none ever was), row_security
-- Rows   : one a name, by name
-- By hand: psql -v "cut=now() - interval '730 days'" -f sql/prune/names.sql
select
    w.check_name,
    pg_catalog.count(*)::int as rows,
    (pg_catalog.count(*) filter (where w.created_at < :'cut'))::int as older,
    pg_catalog.min(w.created_at)::timestamptz as oldest,
    pg_catalog.max(w.created_at)::timestamptz as newest,
    (pg_catalog.array_agg(w.ok order by w.created_at desc, w.id desc))[1] as newest_ok,
    (pg_catalog.max(w.created_at) filter (where w.ok))::timestamptz as last_ok,
    pg_catalog.row_security_active('public.watchtower_checks') as row_security
from public.watchtower_checks as w
where (
    w.check_name in ('partition_watchtower', 'partition_drift_v1')
    or pg_catalog.starts_with(w.check_name, 'partition_watchtower_')
) and w.created_at is not null
group by w.check_name
order by w.check_name
