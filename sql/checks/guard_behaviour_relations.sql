-- Which tables are guarded: those themselves, their partitions, and views on any of them?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: relation_name
-- Rows   : one per name, in order
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -f sql/checks/guard_behaviour_relations.sql
with recursive expected as (
    select * from unnest(:'schemas'::text[], :'tables'::text[]) as e (schema_name, table_name)
),
tree as (
    select c.oid as relid
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union
    select more.relid
    from tree as t
    cross join lateral (
        select i.inhrelid as relid from pg_catalog.pg_inherits as i where i.inhparent = t.relid
        union all
        select r.ev_class
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_rewrite as r on r.oid = d.objid
        where d.refclassid = 'pg_catalog.pg_class'::regclass
            and d.refobjid = t.relid
            and d.classid = 'pg_catalog.pg_rewrite'::regclass
    ) as more
)
select distinct c.relname::text as relation_name
from tree as t
join pg_catalog.pg_class as c on c.oid = t.relid
order by 1
