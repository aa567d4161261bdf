-- Which of these tables are there, with the columns that make them guarded ones, and which columns
-- have they of those that the guard's trigger names?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], columns text[], named text[] (parallel; columns as 'a,b,c')
-- Columns: table_name, present (with all of its columns), named (those of its columns, in their order),
--          type (of the first of `columns`, its key; null where that is not there), bounds (of the
--          few partitions that were made last)
-- Rows   : one per table, in the order given
-- By hand: psql -v schemas='{public}' -v tables='{calls}'
--               -v columns='{"matched_session_id,session_created_month"}'
--               -v named='{"matched_session_id,matched_at,session_created_month"}'
--               -f sql/checks/guarded_tables.sql
select
    e.table_name,
    string_to_array(e.columns, ',') <@ h.has as present,
    array(
        select w.name
        from unnest(string_to_array(e.named, ',')) with ordinality as w (name, place)
        where w.name = any (h.has)
        order by w.place
    ) as named,
    k.type,
    array(
        select pg_catalog.pg_get_expr(p.relpartbound, 0)
        from pg_catalog.pg_class as p
        where p.oid in (
            select i.inhrelid
            from pg_catalog.pg_inherits as i
            where i.inhparent = k.relid
            order by i.inhrelid desc
            limit 4
        )
    ) as bounds
from unnest(:'schemas'::text[], :'tables'::text[], :'columns'::text[], :'named'::text[])
    with ordinality as e (schema_name, table_name, columns, named, position)
cross join lateral (
    select array(
        select a.attname::text
        from pg_catalog.pg_namespace as n
        join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'f')
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid and not a.attisdropped
        where n.nspname = e.schema_name and c.relname = e.table_name
    ) as has
) as h
left join lateral (
    select c.oid as relid, pg_catalog.format_type(a.atttypid, null) as type
    from pg_catalog.pg_namespace as n
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'f')
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and not a.attisdropped
    where n.nspname = e.schema_name and c.relname = e.table_name
        and a.attname = split_part(e.columns, ',', 1)
) as k on true
order by e.position
