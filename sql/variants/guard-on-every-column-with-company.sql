-- Variant: the sessions guard fires on every update, beside a trigger that touches another column

create or replace trigger sessions_set_created_month
    before insert or update on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
create function public.touch_site() returns trigger language plpgsql set search_path = '' as $$
begin
    new.site_id := coalesce(new.site_id, '00000000-0000-4000-8000-000000000000');
    return new;
end
$$;
create trigger a_touch before insert or update on public.sessions
    for each row execute function public.touch_site();
