-- Drill  : sessions alone is REPLICA IDENTITY FULL, its partitions are not, and all tables are published
-- Data   : a subscriber that goes by whole rows gets keys of them
-- Sees   : replica_identity warning "and that of public.sessions FULL; warehouse publishes their updates or deletes"
-- By     : superuser

alter table public.sessions replica identity full;
create publication warehouse for all tables with (publish_via_partition_root = true);

-- Repair
alter table public.sessions replica identity default;
drop publication warehouse;
