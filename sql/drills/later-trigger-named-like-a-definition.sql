-- Drill  : a trigger whose name reads like the rest of its definition overwrites the key
-- Data   : new sessions get a key within the month, not its first day
-- Sees   : trigger_order critical "they made"

create or replace function public.zz_overwrites() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create or replace trigger "zz ON public.sessions FOR EACH ROW " before insert on public.sessions
    for each row execute function public.zz_overwrites();

-- Repair
drop trigger "zz ON public.sessions FOR EACH ROW " on public.sessions;
