-- Which tables does pg_partman know, and does its maintenance make their partitions by itself?
-- Names  : schema
-- Columns: parent_table, automatic (automatic_maintenance: on or off; null where there is no such
--          setting), undoing (is the partitioning being taken back)
-- Rows   : one per table
-- By hand: psql -v schema=partman -f sql/checks/maintenance_partman.sql
select
    c.parent_table::text as parent_table,
    t.row ->> 'automatic_maintenance' as automatic,
    coalesce((t.row ->> 'undo_in_progress')::boolean, false) as undoing
from :"schema".part_config as c
cross join lateral (select pg_catalog.to_jsonb(c)) as t (row)
order by 1
