-- Rows without the time that every count of rows goes by: they are in no window, recent or older.
-- Asked only where the column may be null; an index on it finds them. At most 1,000 are counted.
-- Names  : schema, table, clock, id, owed (a row owes a key where this column is set)
-- Columns: rows, samples (up to five ids)
-- Rows   : one
-- By hand: psql -v schema=public -v table=events -v clock=created_at -v id=id -v owed=id
--               -f sql/checks/key_constraints_clockless.sql
select count(*) as rows, (array_agg(found.id::text))[1:5] as samples
from (
    select t.:"id" as id
    from :"schema".:"table" as t
    where t.:"clock" is null and t.:"owed" is not null
    limit 1000
) as found
