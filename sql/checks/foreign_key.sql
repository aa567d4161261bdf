-- The foreign key that ties each guarded table to the one it refers to, on every partition.
-- Found by its columns, whatever its name. Its own triggers, on both sides, do the checking.
-- Reads catalogs only, waits for no lock, needs no grant. `unenforced` is PostgreSQL 18's
-- NOT ENFORCED; earlier servers enforce every foreign key.
-- Params : schemas text[], tables text[], parents text[], columns text[], parent_columns text[]
--          (parallel; columns as 'a,b')
-- Columns: table_name, table_exists, name (null where the table has none), lacking, unvalidated,
--          unenforced, disabled (relations, as PostgreSQL prints them), cascades, deferrable,
--          deferred (of the table's own; null where there is none), referable (is what it
--          refers to unique there?), before_delete, before_delete_bodies (parallel: the triggers that
--          fire before a row is deleted, by the cascade too, and the text of what they call)
-- Rows   : one per table, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{events}' -v parents='{sessions}'
--               -v columns='{"session_id,session_month"}' -v parent_columns='{"id,created_month"}'
--               -f sql/checks/foreign_key.sql
with recursive expected as (
    select e.*, c.oid as relid, f.oid as parent_id
    from unnest(
        :'schemas'::text[], :'tables'::text[], :'parents'::text[], :'columns'::text[],
        :'parent_columns'::text[]
    ) with ordinality as e (
        schema_name, table_name, parent, columns, parent_columns, position
    )
    left join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    left join pg_catalog.pg_class as c
        on c.relnamespace = n.oid and c.relname = e.table_name and c.relkind in ('r', 'p', 'f')
    left join pg_catalog.pg_class as f on f.relnamespace = n.oid and f.relname = e.parent
),
tree as (
    select e.position, e.relid from expected as e where e.relid is not null
    union all
    select t.position, i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
),
found as (
    select e.position, k.oid, k.conrelid, k.conname, k.convalidated
    from expected as e
    cross join lateral (
        select k.* from pg_catalog.pg_constraint as k
        where k.conrelid = e.relid and k.contype = 'f' and k.confrelid = e.parent_id
        offset 0  -- the columns' names are looked up for these alone
    ) as k
    where (
        select pg_catalog.array_agg(pair order by pair)
        from (
            select a.attname || '>' || b.attname as pair
            from unnest(k.conkey, k.confkey) as u (own, other)
            join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.own
            join pg_catalog.pg_attribute as b on b.attrelid = k.confrelid and b.attnum = u.other
        ) as pairs
    ) = (
        select pg_catalog.array_agg(w.own || '>' || w.other order by w.own || '>' || w.other)
        from unnest(
            string_to_array(e.columns, ','), string_to_array(e.parent_columns, ',')
        ) as w (own, other)
    )
    union all
    select f.position, k.oid, k.conrelid, f.conname, k.convalidated
    from found as f
    join pg_catalog.pg_constraint as k on k.conparentid = f.oid
),
keys as (
    select
        f.*,
        -- Before PostgreSQL 18 pg_constraint has no such column: the name is then that of `earlier`.
        (
            select (select conenforced from pg_catalog.pg_constraint as k where k.oid = f.oid)
            from (values (true)) as earlier (conenforced)
        ) as enforced
    from found as f
)
select
    e.table_name,
    e.relid is not null as table_exists,
    own.name,
    array(
        select t.relid::regclass::text
        from tree as t
        where t.position = e.position
            and not exists (
                select from keys as k where k.position = e.position and k.conrelid = t.relid
            )
        order by 1
    ) as lacking,
    array(
        select distinct k.conrelid::regclass::text
        from keys as k where k.position = e.position and k.enforced and not k.convalidated
        order by 1
    ) as unvalidated,
    array(
        select distinct k.conrelid::regclass::text
        from keys as k where k.position = e.position and not k.enforced
        order by 1
    ) as unenforced,
    array(
        select distinct g.tgrelid::regclass::text
        from keys as k
        join pg_catalog.pg_trigger as g on g.tgconstraint = k.oid
        where k.position = e.position and g.tgenabled not in ('O', 'A')
        order by 1
    ) as disabled,
    own.cascades,
    own.deferrable,
    own.deferred,
    exists (
        select
        from pg_catalog.pg_index as i
        where i.indrelid = e.parent_id and i.indisunique and i.indpred is null
            and (
                select pg_catalog.array_agg(a.attname::text order by a.attname)
                from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) as u (own)
                join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = u.own
            ) = (
                select pg_catalog.array_agg(w.name order by w.name)
                from unnest(string_to_array(e.parent_columns, ',')) as w (name)
            )
    ) as referable,
    coalesce(d.names, '{}') as before_delete,
    coalesce(d.bodies, '{}') as before_delete_bodies
from expected as e
left join lateral (
    select
        pg_catalog.array_agg(t.name order by t.name) as names,
        pg_catalog.array_agg(t.body order by t.name) as bodies
    from (
        select distinct g.tgname::text as name, p.prosrc as body
        from tree as t
        join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
        join pg_catalog.pg_proc as p on p.oid = g.tgfoid
        where t.position = e.position
            and not g.tgisinternal
            and g.tgenabled in ('O', 'A')
            and g.tgtype & 11 = 11  -- row, before and delete
    ) as t
) as d on true
left join lateral (
    select
        k.conname::text as name, c.confdeltype = 'c' as cascades, c.condeferrable as deferrable,
        c.condeferred as deferred
    from keys as k
    join pg_catalog.pg_constraint as c on c.oid = k.oid
    where k.position = e.position and k.conrelid = e.relid
    order by k.enforced desc, k.convalidated desc, k.conname
    limit 1
) as own on true
order by e.position
