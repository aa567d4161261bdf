-- Drill  : another session holds events locked, in the middle of a long migration
-- Data   : writers queue; no row can be observed now
-- Sees   : orphan_rows unknown "another session holds a lock"
-- Also   : default_partition_rows, null_keys, freshness, guard_behaviour, trigger_order

-- Meanwhile
lock table public.events in access exclusive mode;
