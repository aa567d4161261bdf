-- By which columns does logical replication know the rows of each table and partition, and who publishes them?
-- Reads catalogs only, waits for no lock, needs no grant. `columns` are those of the primary key (DEFAULT), of the
-- named index, or none (NOTHING, and DEFAULT without a primary key); null where all are (FULL). `published` names the
-- publications of updates or deletes that take the relation in, by itself, by a table above it, by the schema of
-- either, or with all tables. `twin` is its index that belongs to the one by which the relation above it goes.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, relation, depth, parent, identity (DEFAULT, INDEX, FULL or NOTHING;
--          null for a view or a foreign table, which nobody publishes), columns, twin, published
-- Rows   : one per table that exists and partition that can be published, the table first
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}' -f sql/checks/replica_identity.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
),
tree as (
    select
        e.position, e.table_name, c.oid as relid, 0 as depth, null::oid as parent,
        array[c.oid] as path
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
    union all
    select t.position, t.table_name, c.oid, t.depth + 1, t.relid, t.path || c.oid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
    join pg_catalog.pg_class as c on c.oid = i.inhrelid and c.relkind in ('r', 'p')
),
publications as (
    select p.oid, p.pubname::text as name, p.puballtables as of_all
    from pg_catalog.pg_publication as p
    where p.pubupdate or p.pubdelete
),
named as (
    select r.prrelid as relid, p.name
    from publications as p
    join pg_catalog.pg_publication_rel as r on r.prpubid = p.oid
    union
    select c.oid, p.name
    from publications as p
    join pg_catalog.pg_publication_namespace as n on n.pnpubid = p.oid
    join pg_catalog.pg_class as c on c.relnamespace = n.pnnspid
    where c.oid in (select t.relid from tree as t)
),
published as (
    select t.relid, pg_catalog.array_agg(distinct n.name order by n.name) as names
    from tree as t
    cross join lateral unnest(t.path) as above (relid)
    join named as n on n.relid = above.relid
    group by t.relid
),
keys as (
    select
        i.indrelid as relid,
        i.indexrelid,
        pg_catalog.array_agg(a.attname::text order by a.attname) as columns
    from tree as t
    join pg_catalog.pg_class as c on c.oid = t.relid
    join pg_catalog.pg_index as i on i.indrelid = t.relid and case c.relreplident
        when 'd' then i.indisprimary
        when 'i' then i.indisreplident
        else false
    end
    join pg_catalog.pg_attribute as a on a.attrelid = t.relid
        and a.attnum = any (i.indkey::int2[]) and a.attnum > 0
    group by i.indrelid, i.indexrelid
)
select
    t.table_name,
    t.relid::regclass::text as relation,
    t.depth,
    t.parent::regclass::text as parent,
    case
        when c.relkind not in ('r', 'p') then null
        when c.relreplident = 'd' then 'DEFAULT'
        when c.relreplident = 'i' then 'INDEX'
        when c.relreplident = 'f' then 'FULL'
        else 'NOTHING'
    end as identity,
    case when c.relreplident <> 'f' then coalesce(k.columns, '{}') end as columns,
    (
        select x.relname::text
        from keys as above
        join pg_catalog.pg_inherits as h on h.inhparent = above.indexrelid
        join pg_catalog.pg_index as own on own.indexrelid = h.inhrelid and own.indrelid = t.relid
        join pg_catalog.pg_class as x on x.oid = own.indexrelid
        where above.relid = t.parent
    ) as twin,
    coalesce(p.names, '{}') || array(select a.name from publications as a where a.of_all order by 1)
        as published
from tree as t
join pg_catalog.pg_class as c on c.oid = t.relid
left join keys as k on k.relid = t.relid
left join published as p on p.relid = t.relid
order by t.position, t.depth, c.relname
