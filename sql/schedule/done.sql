-- Has this slot run already?
-- Params : id uuid
-- Columns: done
select exists (select from public.watchtower_checks where id = :'id'::uuid) as done
