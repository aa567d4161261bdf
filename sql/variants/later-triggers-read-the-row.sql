-- Variant: triggers after the guards read the time and the session, and write other columns

create function public.zz_day() returns trigger language plpgsql set search_path = '' as $$
begin
    if new.created_at = old.created_at then
        return new;
    end if;
    new.site_id := coalesce(new.site_id, md5(new.created_at::text)::uuid);
    return new;
end
$$;
create trigger zz_day before update on public.sessions for each row execute function public.zz_day();
create function public.zz_visit() returns trigger language plpgsql set search_path = '' as $$
begin
    new.metadata := coalesce(new.metadata, '{}') || jsonb_build_object('visit', new.session_id, 'at', new.created_at);
    return new;
end
$$;
create trigger zz_visit before insert on public.events for each row execute function public.zz_visit();
