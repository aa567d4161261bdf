-- Which foreign keys refer to these tables, and by which columns?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : relids bigint[]
-- Columns: name, relid (the table that refers), schema_name, table_name, columns (text[]), parent (the table that is
--          referred to), keys (its columns, text[], parallel)
-- Rows   : one per foreign key; those that PostgreSQL cloned for partitions are left out
-- By hand: psql -v relids='{16384}' -f sql/discover/foreign_keys.sql
select
    f.conname::text as name,
    c.oid::bigint as relid,
    n.nspname::text as schema_name,
    c.relname::text as table_name,
    array(
        select a.attname::text
        from unnest(f.conkey) with ordinality as u (attnum, place)
        join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = u.attnum
        order by u.place
    ) as columns,
    f.confrelid::bigint as parent,
    array(
        select a.attname::text
        from unnest(f.confkey) with ordinality as u (attnum, place)
        join pg_catalog.pg_attribute as a on a.attrelid = f.confrelid and a.attnum = u.attnum
        order by u.place
    ) as keys
from pg_catalog.pg_constraint as f
join pg_catalog.pg_class as c on c.oid = f.conrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where f.contype = 'f' and f.conparentid = 0 and not c.relispartition
    and f.confrelid = any (:'relids'::bigint[]::oid[])
order by n.nspname, c.relname, f.conname, f.oid
