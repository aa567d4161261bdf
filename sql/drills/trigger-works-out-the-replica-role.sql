-- Drill  : a trigger before the sessions guard sets what a table of settings says, the replica role
-- Data   : no guard fires after it, and new sessions keep whatever month was sent
-- Sees   : trigger_order critical "session_replication_role replica: no guard fires"
-- Also   : guard_settings
-- By     : superuser

create table if not exists public.preset (name text primary key, value text);
alter table public.preset enable row level security;
insert into public.preset values ('session_replication_role', 'replica') on conflict do nothing;
create or replace function public.a_preset() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform set_config(p.name, p.value, true) from public.preset as p;
    return new;
end
$$;
create or replace trigger a_preset before insert on public.sessions
    for each row execute function public.a_preset();

-- Repair
drop function public.a_preset() cascade;
drop table public.preset;
