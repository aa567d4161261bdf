-- Drill  : a setting of the watchtower's own role hides what holds for the whole server
-- Data   : nobody can tell: the server's own value is not to be seen
-- Sees   : guard_settings unknown "hides what holds for the whole server"
-- As     : role
-- By     : superuser
-- Demo   : no, it needs a superuser

alter role watchtower set session_replication_role = 'origin';

-- Repair
alter role watchtower reset session_replication_role;
