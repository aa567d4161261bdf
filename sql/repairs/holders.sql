-- Who holds a lock on these tables or a partition of them, the longest transaction first?
-- Params : relations text[]
-- Columns: pid (null: a prepared transaction, named by application), role, application, state,
--          seconds (since its transaction began)
-- Rows   : one per prepared transaction, and per session but our own, at most three
-- By hand: psql -v relations='{public.sessions,public.events}' -f sql/repairs/holders.sql
with recursive tree as (
    select pg_catalog.to_regclass(r.name)::oid as relid
    from unnest(:'relations'::text[]) as r (name)
    union
    select i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
(select
    null::int as pid,
    x.owner::text as role,
    x.gid as application,
    null as state,
    extract(epoch from pg_catalog.clock_timestamp() - x.prepared)::int as seconds
from pg_catalog.pg_prepared_xacts as x
where x.transaction in (
    select own.transactionid
    from pg_catalog.pg_locks as own
    join pg_catalog.pg_locks as l on l.virtualtransaction = own.virtualtransaction and l.pid is null
    join tree as t on t.relid = l.relation
    where own.locktype = 'transactionid' and own.pid is null
)
order by x.prepared)
union all
(select
    a.pid,
    coalesce(a.usename, a.backend_type)::text as role,
    a.application_name as application,
    coalesce(a.state, a.backend_type)::text as state,
    extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::int as seconds
from pg_catalog.pg_stat_activity as a
where a.pid <> pg_catalog.pg_backend_pid()
    and exists (
        select
        from pg_catalog.pg_locks as l
        join tree as t on t.relid = l.relation
        where l.pid = a.pid and l.granted
            and (l.mode <> 'AccessShareLock' or a.state like 'idle in transaction%')
    )
order by a.xact_start nulls last, a.pid)
limit 3
