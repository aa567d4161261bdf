-- Drill  : the events guard is set to fire only while replication applies rows
-- Data   : new events keep whatever month the writer sends
-- Sees   : guard_triggers critical "fires only during replication"
-- Also   : rpc_answers

alter table public.events enable replica trigger events_set_session_month_from_session;
