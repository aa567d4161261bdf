-- Variant: other triggers before and after the guard touch other columns

create function public.touch_site() returns trigger language plpgsql set search_path = '' as $$
begin
    new.site_id := coalesce(new.site_id, '00000000-0000-4000-8000-000000000000');
    return new;
end
$$;
create trigger a_touch before insert on public.sessions
    for each row execute function public.touch_site();
create trigger zz_touch before insert or update on public.sessions
    for each row execute function public.touch_site();
create function public.tell() returns trigger language plpgsql set search_path = ''
as 'begin return null; end';
create trigger zz_tell after insert or update or delete on public.events
    for each row execute function public.tell();
create trigger zz_told after insert on public.events
    for each statement execute function public.tell();
create function public.no_strangers() returns trigger language plpgsql set search_path = '' as $$
begin
    if current_setting('request.jwt.claims', true)::jsonb ->> 'role' = 'anon' then
        raise exception 'events come through the service';
    end if;
    return new;
end
$$;
create trigger a_no_strangers before insert or update on public.events
    for each row execute function public.no_strangers();
