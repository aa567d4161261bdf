-- Which tables are referred to by a foreign key that a repair has brought back and not yet compared?
-- Params : mark text (the comment that it leaves until then)
-- Columns: parent (quoted)
-- Rows   : one per table
-- By hand: psql -v mark='Partition Watchtower: not every row is compared yet' -f sql/repairs/unproven.sql
select distinct pg_catalog.format('%I.%I', n.nspname, c.relname) as parent
from pg_catalog.pg_constraint as k
join pg_catalog.pg_class as c on c.oid = k.confrelid and not c.relispartition
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where k.contype = 'f' and pg_catalog.obj_description(k.oid, 'pg_constraint') = :'mark'
order by parent
