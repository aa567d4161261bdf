-- Variant: a trigger that sorts before the guard sets the key on insert, and the guard sets it right
-- Says   : trigger_order

create function public.guess() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create trigger "Zeta" before insert on public.sessions
    for each row execute function public.guess();
