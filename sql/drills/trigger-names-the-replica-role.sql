-- Drill  : a trigger on events sets session_replication_role by a text that it puts together
-- Data   : after it no guard fires
-- Sees   : guard_settings critical "the text of public.a_load() sets session_replication_role to replica"
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
