-- Drill  : the function that writes sessions sets a search_path in its text that finds another table of that name
-- Data   : what it writes goes into the other table, and no count here has it
-- Sees   : guard_settings warning "the search_path of public.ingest(), whose text sets it and names sessions, comes to st.sessions"

create schema if not exists st;
create table if not exists st.sessions (like public.sessions including defaults);
create or replace function public.ingest() returns void
language plpgsql security definer set search_path = public as $$
begin
    perform set_config('search_path', 'st, public', true);
    insert into sessions (id, created_month, site_id)
    values (gen_random_uuid(), date_trunc('month', now())::date, gen_random_uuid());
end
$$;
grant execute on function public.ingest() to service_role;

-- Repair
drop function public.ingest();
drop table st.sessions;
drop schema st;
