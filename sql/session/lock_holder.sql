-- Which lock keeps a check from reading these tables or their partitions, or a catalog?
-- Params : relations text[]
-- Columns: relation, catalog (it is one of PostgreSQL's own), gid (of a prepared transaction, else
--          null), pid, role (of its session)
-- Rows   : one, or none where no such lock is held any more; what nobody's session ends comes first
-- By hand: psql -v relations='{public.sessions,public.events}' -f sql/session/lock_holder.sql
with recursive tree as (
    select pg_catalog.to_regclass(r.name)::oid as relid
    from unnest(:'relations'::text[]) as r (name)
    union
    select i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select
    n.nspname || '.' || c.relname as relation,
    n.nspname = 'pg_catalog' as catalog,
    x.gid,
    l.pid,
    a.usename::text as role
from pg_catalog.pg_locks as l
join pg_catalog.pg_class as c on c.oid = l.relation
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
-- A prepared transaction has no session; it holds its own number as well.
left join pg_catalog.pg_locks as own
    on l.pid is null and own.pid is null and own.locktype = 'transactionid'
    and own.virtualtransaction = l.virtualtransaction
left join pg_catalog.pg_prepared_xacts as x on x.transaction = own.transactionid
left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
where l.locktype = 'relation' and l.granted
    and l.pid is distinct from pg_catalog.pg_backend_pid()
    and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    and l.database in (
        0, (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
    )
    and (
        l.relation in (select t.relid from tree as t)
        or (n.nspname = 'pg_catalog' and l.mode = 'AccessExclusiveLock')
    )
order by l.mode <> 'AccessExclusiveLock', x.gid is null, n.nspname <> 'pg_catalog', relation
limit 1
