-- Drill  : the watchtower may not read one column of events
-- Data   : nothing changes; what leans on the column cannot be observed
-- Sees   : row_visibility unknown "may not read created_at of public.events"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : role

revoke select (created_at) on public.events from watchtower;
