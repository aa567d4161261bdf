-- What do these policies ask of a row? Printing that can wait for a lock on what they read.
-- Params : ids bigint[]
-- Columns: id, expression
-- Rows   : one a policy that is there
-- By hand: psql -v ids='{16402}' -f sql/checks/partition_security_conditions.sql
select p.oid::bigint as id, pg_catalog.pg_get_expr(p.polqual, p.polrelid) as expression
from pg_catalog.pg_policy as p
where p.oid::bigint = any (:'ids'::bigint[])
order by p.oid
