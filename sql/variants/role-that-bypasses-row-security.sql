-- Variant: the watchtower bypasses row level security
-- As     : role
-- By     : superuser

alter role watchtower bypassrls;

-- Mend
alter role watchtower nobypassrls;
