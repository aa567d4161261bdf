-- Is nobody else repairing this database? For the transaction that asks: nothing else is held.
-- Columns: held
select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('partition_watchtower_apply', 0)) as held
