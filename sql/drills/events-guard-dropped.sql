-- Drill  : the events guard is gone
-- Data   : new events keep whatever month the writer sends
-- Sees   : guard_triggers critical "events_set_session_month_from_session is missing on public.events and"
-- Also   : rpc_answers

drop trigger events_set_session_month_from_session on public.events;
