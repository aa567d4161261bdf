-- Drill  : the function that writes sessions has a search_path that finds another table of that name
-- Data   : what comes in by that function goes there, and no report has it
-- Sees   : guard_settings warning "the search_path of public.ingest(uuid), whose text names sessions, comes to staging.sessions"

create schema if not exists staging;
create table if not exists staging.sessions (like public.sessions including defaults);
create or replace function public.ingest(site uuid) returns void
language plpgsql security definer set search_path = staging, public as $$
begin
    insert into sessions (id, created_month, site_id)
    values (gen_random_uuid(), date_trunc('month', now() at time zone 'UTC')::date, site);
    return;
end
$$;
