-- Which migrations were applied last, and how many in all? Those of the Supabase command line.
-- Params : most int
-- Columns: version, name, count (of all)
-- Rows   : the last ones by version, latest first
-- By hand: psql -v most=5 -f sql/history/migrations.sql
select
    m.version::text as version,
    m.name::text as name,
    pg_catalog.count(*) over ()::int as count
from supabase_migrations.schema_migrations as m
order by m.version desc
limit :'most'
