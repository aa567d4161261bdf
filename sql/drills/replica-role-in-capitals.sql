-- Drill  : session_replication_role is REPLICA, in capitals, for the service's role
-- Data   : whatever that role writes keeps any key
-- Sees   : guard_settings critical "session_replication_role is replica for the role"
-- By     : superuser
-- Demo   : no, it needs a superuser

alter role service_role login;
alter role service_role set session_replication_role = 'REPLICA';

-- Repair
alter role service_role reset session_replication_role;
alter role service_role nologin;
