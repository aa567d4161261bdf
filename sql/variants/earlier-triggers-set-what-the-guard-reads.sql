-- Variant: triggers before the guards set the clock, and the session from the metadata
-- Says   : trigger_order

create function public.clock_is_now() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.created_at := now();
    return new;
end
$$;
create trigger a_clock_is_now before insert on public.sessions
    for each row execute function public.clock_is_now();

create function public.session_of_metadata() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.session_id := coalesce(new.session_id, (new.metadata ->> 'session_id')::uuid);
    return new;
end
$$;
create trigger a_session_of_metadata before insert on public.events
    for each row execute function public.session_of_metadata();
