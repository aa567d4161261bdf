-- What does one run's row hold, word for word?
-- Params : id (of the type that the column has)
-- Columns: check_name, details, created_at
-- Rows   : one, or none
-- By hand: psql -v id=00000000-0000-0000-0000-000000000000 -f sql/history/run.sql
select w.check_name, w.details, w.created_at::timestamptz as created_at
from public.watchtower_checks as w
where w.id = :'id'
