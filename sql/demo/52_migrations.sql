-- Which migrations had been applied by then? For the sample history: the last one switched the guard off.
-- Params : versions text[], names text[] (parallel)
-- Needs  : the owner of the table.
insert into supabase_migrations.schema_migrations (version, name)
select version, name
from unnest(:'versions'::text[], :'names'::text[]) as m (version, name);
