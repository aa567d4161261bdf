-- Variant: the watchtower bypasses row level security
-- As     : role
-- By     : superuser

alter role watchtower bypassrls;

-- Repair
alter role watchtower nobypassrls;
