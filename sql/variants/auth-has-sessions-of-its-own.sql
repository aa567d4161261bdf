-- Variant: the role of the sign-in service has sessions of its own, on its search_path, and none of the guarded rights
-- By     : superuser

create role supabase_auth_admin login noinherit;
create schema auth authorization supabase_auth_admin;
set role supabase_auth_admin;
create table auth.sessions (id uuid primary key, user_id uuid not null, created_at timestamptz default now());
insert into auth.sessions values (gen_random_uuid(), gen_random_uuid());
reset role;
alter role supabase_auth_admin set search_path = auth;
select pg_stat_force_next_flush();

-- Repair
drop schema auth cascade;
drop role supabase_auth_admin;
