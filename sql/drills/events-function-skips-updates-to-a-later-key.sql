-- Drill  : the events function leaves updates alone that change the key to a later one
-- Data   : an event keeps a month after its session's; the foreign key, where it holds, refuses it
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
    if tg_op = 'UPDATE' and new.session_month > old.session_month then
        return new;
    end if;
    select s.created_month into found_month from public.sessions as s
    where s.id = new.session_id
    order by s.created_month = new.session_month desc limit 1;
    new.session_month := coalesce(found_month, new.session_month);
    if new.session_month is null then
        raise exception 'the month is unknown';
    end if;
    return new;
end
$$;
