-- Which tables have columns of these types whose names end as these do?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : types text[] (pg_type.typname), ends text[] (parallel; in small letters)
-- Columns: relid
-- Rows   : one per table that is no partition, 500 at most
-- By hand: psql -v types='{date}' -v ends='{month}' -f sql/discover/named_like.sql
select distinct c.oid::bigint as relid
from unnest(:'types'::text[], :'ends'::text[]) as e (type, ending)
join pg_catalog.pg_type as t on t.typname = e.type
join pg_catalog.pg_attribute as a on a.atttypid = t.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f') and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema')
    and not pg_catalog.starts_with(n.nspname, 'pg_temp_')
    and pg_catalog.right(pg_catalog.lower(a.attname), pg_catalog.length(e.ending)) = e.ending
order by relid
limit 500
