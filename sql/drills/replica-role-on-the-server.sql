-- Drill  : the whole server is set to session_replication_role = replica
-- Data   : no guard and no foreign key fires for anybody
-- Sees   : guard_settings critical "session_replication_role"
-- By     : superuser

alter system set session_replication_role = 'replica';

select pg_reload_conf();

-- Repair
alter system reset session_replication_role;

select pg_reload_conf();
