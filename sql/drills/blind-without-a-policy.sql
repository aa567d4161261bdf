-- Drill  : no policy lets the watchtower see events
-- Data   : nothing changes; it sees zero rows and no error
-- Sees   : row_visibility unknown "hides every row of public.events from the role watchtower: no policy"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : role

drop policy watchtower_reads on public.events;
