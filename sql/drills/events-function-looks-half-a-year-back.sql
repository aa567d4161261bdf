-- Drill  : the events function looks for sessions of the last 180 days only
-- Data   : events of older sessions keep whatever month was sent; the foreign key refuses some of them
-- Sees   : guard_behaviour critical "public.trg_events_set_session_month_from_session()"
-- Also   : guard_functions

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    found_month date;
begin
    if new.session_id is null then
        raise exception 'an event needs a session';
    end if;
    select s.created_month into found_month from public.sessions as s
    where s.id = new.session_id and s.created_month > current_date - 180
    order by s.created_month = new.session_month desc limit 1;
    new.session_month := coalesce(found_month, new.session_month);
    if new.session_month is null then
        raise exception 'the month is unknown';
    end if;
    return new;
end
$$;
