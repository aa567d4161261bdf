-- Drill  : the events function leaves rows alone of which two columns say that they are a replay
-- Data   : replayed events keep whatever month was sent
-- Sees   : guard_functions unknown "session_month goes by what event_category holds"

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    found_month date;
begin
    if new.session_id is null then
        raise exception 'an event needs a session';
    end if;
    if new.event_category = 'import' and new.event_action = 'replay' then
        return new;
    end if;
    select s.created_month into found_month from public.sessions as s
    where s.id = new.session_id order by s.created_month = new.session_month desc limit 1;
    new.session_month := coalesce(found_month, new.session_month);
    if new.session_month is null then
        raise exception 'the month is unknown';
    end if;
    return new;
end
$$;
