-- Drill  : a writer's role is set to session_replication_role = replica in this database
-- Data   : no guard and no foreign key fires for whatever that role writes here
-- Sees   : guard_settings critical "authenticated"
-- By     : superuser

alter role authenticated login;

do $$
begin
    execute format(
        'alter role authenticated in database %I set session_replication_role = replica',
        current_database());
end
$$;

-- Repair
do $$
begin
    execute format(
        'alter role authenticated in database %I reset session_replication_role',
        current_database());
end
$$;

alter role authenticated nologin;
