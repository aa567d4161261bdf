-- Keep one verification of the schedule, unless its slot has a row already.
-- Params : id uuid (the slot's own), check_name text, ok boolean, details jsonb
-- Columns: id; no row where there is one already
insert into public.watchtower_checks (id, check_name, ok, details)
values (:'id'::uuid, :'check_name', :'ok', :'details'::jsonb)
on conflict (id) do nothing
returning id
