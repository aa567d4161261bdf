-- Drill  : the policy shows the watchtower some rows only
-- Data   : nothing changes; it sees a part, and no error
-- Sees   : row_visibility unknown "may hide rows of public.events from the role watchtower"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : role

alter policy watchtower_reads on public.events using (site_id is not null);
