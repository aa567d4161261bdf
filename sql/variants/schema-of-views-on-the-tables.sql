-- Variant: the search_path comes to views of an API first, which lead to the guarded tables; a function names the schema

create schema api;
create view api.sessions as select * from public.sessions;
create view api.events as select * from public.events;
create table api.calls (id uuid);
revoke insert on api.calls from current_user;
do $$
begin
    execute format('alter database %I set search_path = api, public', current_database());
end
$$;
create schema staging;
create table staging.sessions (like public.sessions);
create function staging.load() returns void
language plpgsql security definer set search_path = staging, public as $$
begin
    insert into public.sessions select * from sessions;
end
$$;

-- Repair
do $$
begin
    execute format('alter database %I reset search_path', current_database());
end
$$;
drop schema api, staging cascade;
