-- Variant: a trigger that would overwrite the key is there, and disabled
-- Says   : trigger_order

create function public.guess() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create trigger zz_guess before insert or update on public.sessions
    for each row execute function public.guess();
alter table public.sessions disable trigger zz_guess;
