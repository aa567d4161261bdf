-- Drill  : a trigger that fires after the sessions guard sets the key again
-- Data   : new sessions get that trigger's month
-- Sees   : trigger_order critical "zz_month"

create or replace function public.zz_month() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create or replace trigger zz_month before insert or update on public.sessions
    for each row execute function public.zz_month();

-- Repair
drop trigger zz_month on public.sessions;
