-- Drill  : the sessions guard fires only during replication, and one role writes as a replica does
-- Data   : the guard fires for that role alone; what everybody else sends is stored as it is
-- Sees   : guard_triggers critical "fires only during replication"
-- Sees   : guard_settings critical "service_role"
-- Also   : rpc_answers
-- By     : superuser

alter table public.sessions enable replica trigger sessions_set_created_month;
alter role service_role login;
alter role service_role set session_replication_role = 'replica';

-- Repair
alter role service_role reset session_replication_role;
alter role service_role nologin;
alter table public.sessions enable trigger sessions_set_created_month;
