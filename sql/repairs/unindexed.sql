-- Of these tables, in which do no indexes lead to the rows that a column names? They are read whole.
-- Params : relations text[] (as to_regclass reads them), columns text[] (parallel)
-- Columns: relation, column_name, blocks (of all that must be read)
-- Rows   : one per table of which a part has no valid index that begins with the column
-- By hand: psql -v relations='{public.events}' -v columns='{session_id}' -f sql/repairs/unindexed.sql
with recursive tree as (
    select r.name, r.column_name, r.place, pg_catalog.to_regclass(r.name)::oid as relid
    from unnest(:'relations'::text[], :'columns'::text[]) with ordinality as r (name, column_name, place)
    union all
    select t.name, t.column_name, t.place, i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
)
select
    t.name as relation,
    t.column_name,
    sum(
        pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint
    )::bigint as blocks
from tree as t
join pg_catalog.pg_class as c on c.oid = t.relid and c.relkind = 'r'
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = t.column_name
where not exists (
    select from pg_catalog.pg_index as i
    where i.indrelid = c.oid and i.indisvalid and i.indpred is null and i.indkey[0] = a.attnum
)
group by t.name, t.column_name, t.place
order by t.place
