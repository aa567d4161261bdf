-- Drill  : a trigger before the sessions guard sets a key of another partition
-- Data   : every insert is refused (0A000), though the guard would set the key right
-- Sees   : trigger_order warning "PostgreSQL refuses such a row (0A000) for leaving its partition"

create or replace function public.a_later() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date + 40;
    return new;
end
$$;
create or replace trigger a_later before insert on public.sessions
    for each row execute function public.a_later();

-- Repair
drop trigger a_later on public.sessions;
