-- Which of these tables are there, with the columns that make them guarded ones?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], columns text[] (parallel; columns as 'a,b,c')
-- Columns: table_name
-- Rows   : one per table that has all of its columns, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{calls}'
--               -v columns='{"matched_session_id,session_created_month"}'
--               -f sql/checks/optional_tables.sql
select e.table_name
from unnest(:'schemas'::text[], :'tables'::text[], :'columns'::text[])
    with ordinality as e (schema_name, table_name, columns, position)
join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
where c.relkind in ('r', 'p', 'f')
    and not exists (
        select from unnest(string_to_array(e.columns, ',')) as w (name)
        where not exists (
            select from pg_catalog.pg_attribute as a
            where a.attrelid = c.oid and a.attname = w.name and not a.attisdropped
        )
    )
order by e.position
