-- Variant: triggers before the guards fire on every update, where they fill what is missing, or set on insert alone

create function public.fill_time() returns trigger language plpgsql as $$
begin
    new.created_at := coalesce(new.created_at, now());
    return new;
end
$$;
create trigger aa_fill_time before insert or update on public.sessions
    for each row execute function public.fill_time();
create function public.stamp_time() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.created_at := now();
    end if;
    return new;
end
$$;
create trigger ab_stamp_time before insert or update on public.sessions
    for each row execute function public.stamp_time();
