-- Drill  : a function replaces the events guard by one that never fires, in a text that it puts together of parts
-- Data   : what is written before it puts the guard back keeps whatever month was sent
-- Sees   : guard_settings warning "replaces the trigger events_set_session_month_from_session"

create or replace function public.load_events() returns void
language plpgsql security definer set search_path = '' as $$
declare
    fires text := 'before insert on public.events for each row';
    made text;
begin
    made := format('create or replace trigger %I %s', 'events_set_session_month_from_session', fires);
    made := made || ' when (false)';
    execute made || ' execute function public.trg_events_set_session_month_from_session()';
end
$$;

-- Repair
drop function public.load_events();
