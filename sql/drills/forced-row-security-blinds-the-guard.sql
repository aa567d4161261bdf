-- Drill  : row level security is forced on the owner of sessions, as whom the events guard looks
-- Data   : the guard finds no session; an event keeps whatever month the writer sends
-- Sees   : guard_behaviour critical "public.trg_events_set_session_month_from_session()"
-- Also   : guard_functions
-- As     : role

alter table public.sessions force row level security;
