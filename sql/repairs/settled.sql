-- Waits until no statement of an earlier repair, whose client is gone, is still under way.
-- Needs  : to be in a transaction, and repairs/lock; fails by lock_timeout
select pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended('partition_watchtower_apply_step', 0))
