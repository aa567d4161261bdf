-- Drill  : the policy reads a table that the watchtower may not read
-- Data   : nothing changes; every look at the rows ends in permission denied
-- Sees   : row_visibility unknown "may hide rows of public.events from the role watchtower"
-- Sees   : orphan_rows unknown "permission denied for table tenants"
-- Also   : default_partition_rows, null_keys, freshness
-- As     : role

create schema if not exists private;
create table if not exists private.tenants (site_id uuid);
grant usage on schema private to watchtower;
alter policy watchtower_reads on public.events
    using (exists (select from private.tenants as t where t.site_id = events.site_id));

-- Repair
alter policy watchtower_reads on public.events using (true);
