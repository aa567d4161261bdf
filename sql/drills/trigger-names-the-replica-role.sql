-- Drill  : a trigger on events runs a text that it puts together, and that may switch triggers off
-- Data   : after it no guard fires, if it does
-- Sees   : guard_settings unknown "names session_replication_role, and may set it"
-- By     : superuser

create or replace function public.a_load() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    execute format('set local %s = replica', 'session_replication_role');
    return null;
end
$$;
create or replace trigger a_load before insert on public.events
    for each statement execute function public.a_load();

-- Repair
drop function public.a_load() cascade;
