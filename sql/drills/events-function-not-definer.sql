-- Drill  : the events guard runs with the writer's rights
-- Data   : row level security hides the session from the guard, and the writer's month stays
-- Sees   : guard_functions unknown "no longer SECURITY DEFINER"
-- Also   : guard_behaviour

alter function public.trg_events_set_session_month_from_session() security invoker;
