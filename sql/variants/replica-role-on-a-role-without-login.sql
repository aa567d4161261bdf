-- Variant: a role that nobody can log in as has session_replication_role = replica, and the owner is a member of it
-- By     : superuser

create role loaders nologin;

alter role loaders set session_replication_role = replica;

grant loaders to owner;

-- Repair
drop role loaders;
