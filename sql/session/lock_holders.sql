-- Which locks keep a check from reading these tables or their partitions, or a catalog?
-- Params : relations text[]
-- Columns: asked (which of these tables it is about; null: a catalog), relation, gid (of a prepared
--          transaction, else null), pid, role (of its session)
-- Rows   : a few per table, and for the catalogs; what keeps readers out first, then what no session ends
-- By hand: psql -v relations='{public.sessions,public.events}' -f sql/session/lock_holders.sql
with recursive tree as (
    select r.name as asked, pg_catalog.to_regclass(r.name)::oid as relid
    from unnest(:'relations'::text[]) as r (name)
    union
    select t.asked, i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select distinct on (l.mode <> 'AccessExclusiveLock', x.gid is null, t.asked is not null, t.asked)
    t.asked,
    n.nspname || '.' || c.relname as relation,
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
left join tree as t on t.relid = l.relation
where l.locktype = 'relation' and l.granted
    and l.pid is distinct from pg_catalog.pg_backend_pid()
    and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    and l.database in (
        0, (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
    )
    and (
        t.relid is not null
        or (n.nspname = 'pg_catalog' and l.mode = 'AccessExclusiveLock')
    )
order by l.mode <> 'AccessExclusiveLock', x.gid is null, t.asked is not null, t.asked, relation
