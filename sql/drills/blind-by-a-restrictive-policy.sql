-- Drill  : a restrictive policy hides rows, beside the one that shows all
-- Data   : nothing changes; it sees a part, and no error
-- Sees   : row_visibility unknown "may hide rows of public.events from the role watchtower"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : role

create policy hides on public.events as restrictive for select to watchtower
    using (site_id is not null);

-- Repair
drop policy hides on public.events;
