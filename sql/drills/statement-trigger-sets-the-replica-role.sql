-- Drill  : a trigger for each statement sets session_replication_role to replica in its text
-- Data   : no guard fires for the rows of the statement, and events keep whatever month was sent
-- Sees   : guard_settings critical "the trigger a_load on public.events calls public.a_load()"
-- By     : superuser

create or replace function public.a_load() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    execute 'set local session_replication_role to ''replica''';
    return null;
end
$$;
create or replace trigger a_load before insert on public.events
    for each statement execute function public.a_load();

-- Repair
drop function public.a_load() cascade;
