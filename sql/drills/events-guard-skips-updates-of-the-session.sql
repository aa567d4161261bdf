-- Drill  : the events guard's UPDATE OF list lacks session_id
-- Data   : an event given to another session keeps the month of the old one
-- Sees   : guard_triggers critical "does not fire on update of session_id"
-- Also   : rpc_answers

create or replace trigger events_set_session_month_from_session
    before insert or update of session_month, site_id on public.events
    for each row execute function public.trg_events_set_session_month_from_session();
