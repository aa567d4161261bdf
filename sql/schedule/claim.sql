-- Is this slot ours? The lock is let go of when the transaction ends, also when the copy dies.
-- Params : key text
-- Columns: free
select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(:'key', 0)) as free
