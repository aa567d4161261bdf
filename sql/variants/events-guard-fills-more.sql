-- Variant: the events guard also fills other columns, and reads its session for key share
-- Says   : guard_functions, guard_behaviour

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    month date;
    site uuid;
begin
    if new.session_id is null then
        raise exception 'session_id cannot be NULL';
    end if;
    select s.created_month, s.site_id into month, site
    from public.sessions as s
    where s.id = new.session_id
    for key share;
    if not found then
        raise exception 'session % not found', new.session_id;
    end if;
    new.session_month := month;
    new.site_id := coalesce(new.site_id, site);
    new.event_category := lower(coalesce(new.event_category, 'page_view'));
    new.metadata := coalesce(new.metadata, '{}'::jsonb) || jsonb_build_object('month', month);
    return new;
end
$$;
