-- The partitions of a guarded table that hold rows themselves, the newest name first.
-- Params : relation text (as to_regclass reads it)
-- Columns: leaf (quoted), blocks, hidden (does row level security hide rows of it from us?)
-- Rows   : one per partition; the table itself where it is not partitioned
-- By hand: psql -v relation=public.events -f sql/repairs/leaves.sql
with recursive tree as (
    select pg_catalog.to_regclass(:'relation')::oid as relid
    union all
    select i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select
    pg_catalog.format('%I.%I', n.nspname, c.relname) as leaf,
    pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint as blocks,
    pg_catalog.row_security_active(c.oid) as hidden
from tree as t
join pg_catalog.pg_class as c on c.oid = t.relid and c.relkind = 'r'
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by c.relname desc, c.oid
