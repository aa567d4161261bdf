-- Has this slot run already?
-- Params : id (of the type that the column has)
-- Columns: done
select exists (select from public.watchtower_checks where id = :'id') as done
