-- Which tables does pg_partman know, and does its maintenance make their partitions by itself?
-- Names  : schema
-- Columns: parent_table, idle (why it makes none; null where it does: the partitioning is being taken
--          back, or automatic_maintenance is there and not on)
-- Rows   : one per table
-- By hand: psql -v schema=partman -f sql/checks/maintenance_partman.sql
select
    c.parent_table::text as parent_table,
    case
        when (t.row ->> 'undo_in_progress')::boolean then 'undo_in_progress is set'
        when t.row ->> 'automatic_maintenance' <> 'on'
            then 'automatic_maintenance is ' || (t.row ->> 'automatic_maintenance')
    end as idle
from :"schema".part_config as c
cross join lateral (select pg_catalog.to_jsonb(c)) as t (row)
order by 1
