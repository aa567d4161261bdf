-- Variant: the events guard refuses an unknown session, an event without a site, and one of another site
-- Says   : guard_functions, guard_behaviour

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    its_session record;
begin
    if new.session_id is null then
        raise exception 'session_id cannot be NULL';
    end if;
    select s.created_month, s.site_id into its_session from public.sessions as s where s.id = new.session_id limit 1;
    if not found then
        raise exception 'session % not found', new.session_id using errcode = 'foreign_key_violation';
    end if;
    if new.site_id is not null and new.site_id <> its_session.site_id then
        raise exception 'event % is of another site than its session', new.id;
    end if;
    new.session_month := its_session.created_month;
    return new;
end
$$;
