-- What kind of relation stands under each declared name, and of which type is each of its columns?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: schema_name, table_name, kind (pg_class.relkind; null where there is none of that name),
--          types (column → [schema of its type, its type])
-- Rows   : one per expected table, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -f sql/declared/columns.sql
select
    e.schema_name,
    e.table_name,
    c.relkind::text as kind,
    coalesce(
        (
            select pg_catalog.jsonb_object_agg(a.attname, array[tn.nspname, t.typname]::text[])
            from pg_catalog.pg_attribute as a
            join pg_catalog.pg_type as t on t.oid = a.atttypid
            join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        ),
        '{}'
    ) as types
from unnest(:'schemas'::text[], :'tables'::text[])
    with ordinality as e (schema_name, table_name, position)
left join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
left join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
order by e.position
