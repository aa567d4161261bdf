-- Drill  : the events guard does not fire on insert
-- Data   : new events keep whatever month the writer sends
-- Sees   : guard_triggers critical "does not fire on insert"
-- Also   : rpc_answers

create or replace trigger events_set_session_month_from_session
    before update of session_id, session_month, site_id on public.events
    for each row execute function public.trg_events_set_session_month_from_session();
