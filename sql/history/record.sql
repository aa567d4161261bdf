-- Keep one verification: who asked, through which face, and the whole report.
-- Params : check_name text, ok boolean, details jsonb
-- Columns: id
insert into public.watchtower_checks (check_name, ok, details)
values (:'check_name', :'ok', :'details'::jsonb)
returning id
