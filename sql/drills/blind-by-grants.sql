-- Drill  : the watchtower may read nothing of events
-- Data   : nothing changes; nothing of it can be observed
-- Sees   : row_visibility unknown "may not read id, session_month, session_id, created_at of public.events"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : role

revoke select (id, session_id, session_month, created_at, tableoid)
on public.events from watchtower;
