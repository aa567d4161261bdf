-- Variant: a role may set session_replication_role, and does not
-- By     : superuser

grant set on parameter session_replication_role to service_role;

-- Repair
revoke set on parameter session_replication_role from service_role;
