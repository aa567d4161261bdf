-- Drill  : another session holds sessions locked, in the middle of a long migration
-- Data   : writers queue; no row can be observed now
-- Sees   : wrong_keys unknown "another session holds a lock"
-- Also   : default_partition_rows, null_keys, freshness, orphan_rows, duplicate_ids, guard_behaviour, trigger_order

-- Printing this body would wait for the lock.
create function public.all_sessions() returns bigint language sql begin atomic
    select count(*) from public.sessions;
end;

-- Meanwhile
lock table public.sessions in access exclusive mode;
