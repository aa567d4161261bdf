-- Drill  : the database's search_path comes to a table named sessions in another schema first
-- Data   : what is written without naming the schema goes there, and no report has it
-- Sees   : guard_settings warning "comes to staging.sessions before public.sessions"

create schema if not exists staging;
create table if not exists staging.sessions (like public.sessions including all);
do $$
begin
    execute format('alter database %I set search_path = "$user", staging, public', current_database());
end
$$;

-- Repair
do $$
begin
    execute format('alter database %I reset search_path', current_database());
end
$$;
drop table staging.sessions;
drop schema staging;
