-- Drill  : both guards are gone, as in the month when the real one read ok
-- Data   : every new row keeps whatever month the writer sends
-- Sees   : guard_triggers critical "sessions_set_created_month is missing on"
-- Sees   : guard_triggers critical "events_set_session_month_from_session is missing on"
-- Also   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
drop trigger events_set_session_month_from_session on public.events;
