-- Drill  : events is not there
-- Data   : every insert of an event fails
-- Sees   : guard_triggers critical "public.events does not exist"
-- Sees   : partition_coverage critical "public.events does not exist"
-- Also   : row_visibility, default_partition_rows, null_keys, orphan_rows, freshness, rpc_answers, foreign_key, key_constraints, guard_behaviour, unattached_partitions

alter table public.events rename to events_gone;

-- Repair
alter table public.events_gone rename to events;
