-- Drill  : a function sets session_replication_role with the rights of whoever calls it
-- Data   : what a superuser writes after calling it passes no guard
-- Sees   : guard_settings warning "no guard fires for whoever calls it with the right to set that"

create or replace function public.bulk_load() returns void language plpgsql set search_path = '' as $$
begin
    set session_replication_role = replica;
end
$$;

-- Repair
drop function public.bulk_load();
