-- Keep which texts were outside when texts were first read, unless that is kept already.
-- Params : kind text (the check_name of that row), texts jsonb (their digests)
-- Columns: id; no row where there is one already
-- Source : sql/checks/outside_texts.sql reads it
insert into public.watchtower_checks (check_name, ok, details)
select :'kind', true, pg_catalog.jsonb_build_object('texts', :'texts'::jsonb)
where not exists (select from public.watchtower_checks as w where w.check_name = :'kind')
returning id
