-- Can the month key be null at all? On the table and on every partition.
-- Reads catalogs only, waits for no lock, needs no grant.
-- `validated` is false for PostgreSQL 18's NOT NULL … NOT VALID, under which old nulls may remain.
-- Params : schemas text[], tables text[], keys text[] (parallel)
-- Columns: table_name, relations, nullable, unvalidated
-- Rows   : one per table that has the column; counts of relations
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v keys='{created_month}'
--               -f sql/checks/null_keys_constraint.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'keys'::text[])
        with ordinality as e (schema_name, table_name, key, position)
),
tree as (
    select e.position, e.table_name, e.key, c.oid as relid
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f')
    union all
    select t.position, t.table_name, t.key, i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select
    t.table_name,
    count(*) as relations,
    count(*) filter (where not a.attnotnull) as nullable,
    count(*) filter (
        where exists (
            select from pg_catalog.pg_constraint as k
            where k.conrelid = t.relid
                and k.contype = 'n'
                and k.conkey = array[a.attnum]
                and not k.convalidated
        )
    ) as unvalidated
from tree as t
join pg_catalog.pg_attribute as a
    on a.attrelid = t.relid and a.attname = t.key and not a.attisdropped
group by t.position, t.table_name
order by t.position
