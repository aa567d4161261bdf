-- Drill  : the events guard swallows what it should raise
-- Data   : an event without a session or a month gets in wherever no constraint stops it
-- Sees   : guard_behaviour critical "public.trg_events_set_session_month_from_session()"
-- Also   : guard_functions

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    select s.created_month into strict new.session_month
    from public.sessions as s where s.id = new.session_id;
    return new;
exception when others then
    return new;
end
$$;
