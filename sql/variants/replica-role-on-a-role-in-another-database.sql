-- Variant: a role has session_replication_role = replica in another database
-- By     : superuser

alter role service_role in database template1 set session_replication_role = replica;

-- Repair
alter role service_role in database template1 reset session_replication_role;
