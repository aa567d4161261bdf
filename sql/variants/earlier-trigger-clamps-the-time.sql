-- Variant: a trigger before the sessions guard keeps created_at from lying in the future
-- Says   : trigger_order

create function public.a_clamps() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_at := least(new.created_at, now());
    return new;
end
$$;
create trigger a_clamps before insert on public.sessions
    for each row execute function public.a_clamps();
