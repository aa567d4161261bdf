-- The API roles that Supabase brings along, so that the setup meets them here as it does in production.
-- Needs : a superuser. Idempotent; roles belong to the whole server.
-- Run   : psql -v ON_ERROR_STOP=1 -f 00_roles.sql

begin;

do $roles$
begin
    if to_regrole('anon') is null then
        create role anon nologin noinherit;
    end if;
    if to_regrole('authenticated') is null then
        create role authenticated nologin noinherit;
    end if;
    if to_regrole('service_role') is null then
        create role service_role nologin noinherit bypassrls;
    end if;
end
$roles$;

commit;
