-- Drill  : no policy lets the watchtower see sessions
-- Data   : nothing changes; every event looks like an orphan
-- Sees   : row_visibility unknown "hides every row of public.sessions from the role watchtower: no policy"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness, wrong_keys, duplicate_ids, guard_behaviour
-- As     : role

drop policy watchtower_reads on public.sessions;
