-- Drill  : a writer's role is set to session_replication_role = replica
-- Data   : no guard and no foreign key fires for whatever that role writes
-- Sees   : guard_settings critical "service_role"
-- By     : superuser

alter role service_role login;
alter role service_role set session_replication_role = 'replica';

-- Repair
alter role service_role reset session_replication_role;
alter role service_role nologin;
