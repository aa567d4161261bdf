-- Variant: the watchtower's role quotes every identifier, and asks for row security to be off
-- By     : superuser

alter role watchtower set quote_all_identifiers = on;

alter role watchtower set row_security = off;

-- Repair
alter role watchtower reset quote_all_identifiers;

alter role watchtower reset row_security;
