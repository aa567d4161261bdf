-- Drill  : the events guard sets the month only where there is none
-- Data   : a wrong month that the writer sends stays
-- Sees   : guard_behaviour critical "public.trg_events_set_session_month_from_session()"
-- Also   : guard_functions

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    if new.session_id is null then
        raise exception 'session_id cannot be NULL' using errcode = 'not_null_violation';
    end if;
    if new.session_month is null then
        select s.created_month into strict new.session_month
        from public.sessions as s where s.id = new.session_id;
    end if;
    return new;
end
$$;
