-- Drill  : a trigger before the sessions guard sets session_replication_role to replica in its text
-- Data   : no guard fires after it, and new sessions keep whatever month was sent
-- Sees   : guard_settings critical "the trigger a_load on public.sessions calls public.a_load()"
-- Also   : trigger_order
-- By     : superuser

create or replace function public.a_load() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform set_config('session_replication_role', 'replica', true);
    return new;
end
$$;
create or replace trigger a_load before insert on public.sessions
    for each row execute function public.a_load();

-- Repair
drop function public.a_load() cascade;
