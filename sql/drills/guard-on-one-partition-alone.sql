-- Drill  : the events guard stands on this month's partition, and nowhere else
-- Data   : rows of other months, and of every later one, keep whatever month the writer sends
-- Sees   : guard_triggers critical "events_set_session_month_from_session is missing on public.events and"
-- Also   : rpc_answers

drop trigger events_set_session_month_from_session on public.events;
do $$
begin
    execute format(
        'create trigger events_set_session_month_from_session'
        ' before insert or update of session_id, session_month, site_id on public.events_%s'
        ' for each row execute function public.trg_events_set_session_month_from_session()',
        to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;

-- Repair
do $$
begin
    execute format(
        'drop trigger events_set_session_month_from_session on public.events_%s',
        to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
create or replace trigger events_set_session_month_from_session
    before insert or update of session_id, session_month, site_id on public.events
    for each row execute function public.trg_events_set_session_month_from_session();
