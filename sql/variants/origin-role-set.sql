-- Variant: session_replication_role is set, to what it is anyway
-- By     : superuser

do $$
begin
    execute format('alter database %I set session_replication_role = origin', current_database());
end
$$;
