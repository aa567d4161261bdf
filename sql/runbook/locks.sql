-- Who waits for a lock, and who holds it: the one to ask, or to end, is the one that blocks others and
-- waits for nobody.
-- Reads activity only. Another role's queries show to a superuser or a member of pg_read_all_stats.
-- Columns: pid, blocked_by, role, state, seconds (since its transaction began), query
-- Rows   : one per session that waits or makes others wait, the holders first
-- By hand: psql -f sql/runbook/locks.sql
with waiting as materialized (
    select a.pid, pg_catalog.pg_blocking_pids(a.pid) as blocked_by
    from pg_catalog.pg_stat_activity as a
    where a.wait_event_type = 'Lock'
)
select
    a.pid,
    coalesce(w.blocked_by, '{}') as blocked_by,
    a.usename::text as role,
    a.state,
    pg_catalog.round(extract(epoch from pg_catalog.clock_timestamp() - a.xact_start))::int as seconds,
    pg_catalog.left(a.query, 200) as query
from pg_catalog.pg_stat_activity as a
left join waiting as w on w.pid = a.pid
where w.pid is not null
    or a.pid in (select unnest(b.blocked_by) from waiting as b)
order by pg_catalog.cardinality(coalesce(w.blocked_by, '{}')), a.xact_start, a.pid
