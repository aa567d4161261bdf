-- Which tables does pg_partman manage?
-- Names  : schema
-- Columns: parent_table
-- Rows   : one per table
-- By hand: psql -v schema=partman -f sql/checks/maintenance_partman.sql
select c.parent_table::text as parent_table from :"schema".part_config as c order by 1
