-- Variant: session_replication_role = replica is set on another database
-- By     : superuser

alter database template1 set session_replication_role = replica;

-- Repair
alter database template1 reset session_replication_role;
