-- Drill  : this database is set to session_replication_role = replica
-- Data   : no guard and no foreign key fires for anybody
-- Sees   : guard_settings critical "session_replication_role"
-- By     : superuser

do $$
begin
    execute format('alter database %I set session_replication_role = replica', current_database());
end
$$;

-- Repair
do $$
begin
    execute format('alter database %I reset session_replication_role', current_database());
end
$$;
